package io.millrace.web.http;

import io.millrace.web.metrics.HttpMetrics;
import jakarta.annotation.Priority;
import jakarta.inject.Inject;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Path;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.ContainerResponseContext;
import jakarta.ws.rs.container.ContainerResponseFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.container.ResourceInfo;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.ext.Provider;
import java.time.Duration;

/** Gives every response of JAX-RS its {@code X-Request-Id}, and counts it. */
@Provider
@PreMatching
@Priority(Priorities.AUTHENTICATION)
public class Answered implements ContainerRequestFilter, ContainerResponseFilter {

    private static final String START_NANOS = Answered.class.getName() + ".start";

    @Context
    private HttpServletRequest request;

    @Context
    private ResourceInfo resource;

    @Inject
    private HttpMetrics metrics;

    @Override
    public void filter(ContainerRequestContext context) {
        context.setProperty(START_NANOS, System.nanoTime());
    }

    @Override
    public void filter(ContainerRequestContext context, ContainerResponseContext response) {
        response.getHeaders().putSingle(RequestId.HEADER, RequestId.of(request));
        int status = response.getStatus();
        Class<?> matched = resource.getResourceClass();
        if (matched != null && context.getProperty(START_NANOS) instanceof Long startNanos) {
            metrics.answered(matched.getAnnotation(Path.class).value(), status, Duration.ofNanos(System.nanoTime() - startNanos));
        } else {
            metrics.refused("routing", status);
        }
    }
}
