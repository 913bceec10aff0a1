package io.millrace.web;

import java.util.Map;
import org.eclipse.microprofile.openapi.OASFilter;
import org.eclipse.microprofile.openapi.models.OpenAPI;
import org.eclipse.microprofile.openapi.models.PathItem;

/** Takes the regular expressions of JAX-RS out of the paths in {@code /openapi}, which has no such thing. */
public class PlainPaths implements OASFilter {

    @Override
    public void filterOpenAPI(OpenAPI api) {
        for (Map.Entry<String, PathItem> path : Map.copyOf(api.getPaths().getPathItems()).entrySet()) {
            String plain = path.getKey().replaceAll("\\{(\\w+)\\s*:[^}]*}", "{$1}");
            if (!plain.equals(path.getKey())) {
                api.getPaths().removePathItem(path.getKey());
                api.getPaths().addPathItem(plain, path.getValue());
            }
        }
    }
}
