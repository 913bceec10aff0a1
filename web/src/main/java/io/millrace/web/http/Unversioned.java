package io.millrace.web.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.ext.Provider;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** DeepSeek's clients leave {@code /v1} out or say {@code /beta} instead: both lead to the list of models too. */
@Provider
@PreMatching
public class Unversioned implements ContainerRequestFilter {

    private static final Pattern WITHOUT_VERSION = Pattern.compile("(?:beta/)?(models(?:/.*)?)");

    @Override
    public void filter(ContainerRequestContext request) {
        Matcher path = WITHOUT_VERSION.matcher(request.getUriInfo().getPath());
        if (path.matches()) {
            request.setRequestUri(request.getUriInfo().getBaseUriBuilder().path("v1").path(path.group(1)).build());
        }
    }
}
