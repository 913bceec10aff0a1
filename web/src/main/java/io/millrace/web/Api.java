package io.millrace.web;

import jakarta.annotation.security.DeclareRoles;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Map;
import org.eclipse.microprofile.openapi.annotations.OpenAPIDefinition;
import org.eclipse.microprofile.openapi.annotations.enums.SecuritySchemeType;
import org.eclipse.microprofile.openapi.annotations.info.Info;
import org.eclipse.microprofile.openapi.annotations.security.SecurityScheme;

/** The JAX-RS application: every path that is not the container's own ({@code /health}, {@code /metrics}, {@code /openapi}). */
@OpenAPIDefinition(info = @Info(title = "Millrace", version = "1",
        description = "DeepSeek-family models behind an API that clients of OpenAI and DeepSeek speak."))
@SecurityScheme(securitySchemeName = Api.CLIENT, type = SecuritySchemeType.HTTP, scheme = "bearer",
        description = "An API key. The headers X-Api-Key and Api-Key take it as well.")
@SecurityScheme(securitySchemeName = Api.OPERATOR, type = SecuritySchemeType.HTTP, scheme = "bearer",
        description = "The operator's token.")
@ApplicationPath("/")
@DeclareRoles({Api.CLIENT, Api.OPERATOR})
public class Api extends Application {

    /** Role of whoever presents a valid API key. */
    public static final String CLIENT = "client";

    /** Role of whoever presents the operator's token. */
    public static final String OPERATOR = "operator";

    /** Jersey's settings, by name: it keeps the first 8 KiB back whatever is flushed, and describes itself in WADL. */
    @Override
    public Map<String, Object> getProperties() {
        return Map.of("jersey.config.server.contentLength.buffer", 0,
                "jersey.config.server.wadl.disableWadl", true);
    }
}
