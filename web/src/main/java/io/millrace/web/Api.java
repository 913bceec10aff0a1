package io.millrace.web;

import jakarta.annotation.security.DeclareRoles;
import jakarta.ws.rs.ApplicationPath;
import jakarta.ws.rs.core.Application;
import java.util.Map;

/** The JAX-RS application: every path that is not the container's own ({@code /health}, {@code /metrics}, {@code /openapi}). */
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
