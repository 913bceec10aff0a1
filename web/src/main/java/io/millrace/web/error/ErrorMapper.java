package io.millrace.web.error;

import io.millrace.web.http.RequestId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.WebApplicationException;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import jakarta.ws.rs.ext.ExceptionMapper;
import jakarta.ws.rs.ext.Provider;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Turns whatever a request ended with into OpenAI's error object. */
@Provider
public class ErrorMapper implements ExceptionMapper<Throwable> {

    private static final Logger LOG = System.getLogger("io.millrace.web");

    @Context
    private HttpServletRequest request;

    @Override
    public Response toResponse(Throwable thrown) {
        ApiError error = switch (thrown) {
            case ApiError answer -> answer;
            case WebApplicationException http -> ofStatus(http.getResponse().getStatus());
            default -> defect(thrown);
        };
        ErrorResponse.log(error, request);
        byte[] body = ErrorBody.of(error);
        Response.ResponseBuilder response = Response.status(error.status())
                .type(MediaType.APPLICATION_JSON_TYPE).entity(body).header(HttpHeaders.CONTENT_LENGTH, body.length);
        if (error.retryAfterSeconds() > 0) {
            response.header(HttpHeaders.RETRY_AFTER, error.retryAfterSeconds());
        }
        if (thrown instanceof WebApplicationException http && http.getResponse().getHeaderString(HttpHeaders.ALLOW) != null) {
            response.header(HttpHeaders.ALLOW, http.getResponse().getHeaderString(HttpHeaders.ALLOW));
        }
        return response.build();
    }

    private ApiError defect(Throwable thrown) {
        String id = RequestId.of(request);
        LOG.log(Level.ERROR, "Request " + id + " failed", thrown);
        return ApiError.internal(id);
    }

    /** What JAX-RS itself says about a request that reaches no method. */
    public static ApiError ofStatus(int status) {
        return switch (status) {
            case 404 -> of(404, "not_found", "There is nothing at this path.");
            case 405 -> of(405, "method_not_allowed", "This path doesn't take this method; the header 'Allow' tells which it takes.");
            case 406 -> of(406, "not_acceptable", "Answers are 'application/json' or 'text/event-stream'; the header 'Accept' allows neither.");
            case 415 -> of(415, "unsupported_media_type", "The request body must be JSON: send 'Content-Type: application/json'.");
            case 401 -> ApiError.unauthenticated(true);
            case 403 -> of(403, "permission_denied", "This key may not do that.");
            default -> of(status, status >= 500 ? "internal_error" : "invalid_request", "The request can't be served (HTTP " + status + ").");
        };
    }

    private static ApiError of(int status, String code, String message) {
        return new ApiError(status, ApiError.typeOf(status), code, null, message, 0);
    }
}
