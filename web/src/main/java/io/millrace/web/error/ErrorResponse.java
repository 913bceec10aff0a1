package io.millrace.web.error;

import io.millrace.web.http.Framing;
import io.millrace.web.http.RequestId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;

/** Writes an error past JAX-RS: before it has the request, after the container took it away, or from a thread of ours. */
public final class ErrorResponse {

    private static final Logger LOG = System.getLogger("io.millrace.web");

    private ErrorResponse() {}

    public static void write(ApiError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        log(error, request);
        Framing.keep(request);
        response.setStatus(error.status());
        response.setHeader(RequestId.HEADER, RequestId.of(request));
        if (error.retryAfterSeconds() > 0) {
            response.setIntHeader("Retry-After", error.retryAfterSeconds());
        }
        if (error.status() == 429 && error.retryAfterSeconds() == 0) {
            // OpenAI's clients would otherwise send it again as they do with each 429
            response.setHeader("X-Should-Retry", "false");
        }
        if (error.status() == 401) {
            response.setHeader("WWW-Authenticate", "Bearer");
        }
        if (error.status() == 413) {
            // what is left of the body is not read
            response.setHeader("Connection", "close");
        }
        byte[] body = ErrorBody.of(error);
        response.setContentType("application/json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }

    /** One line for each request that is refused; nothing in it comes from the request's body, path or key. */
    static void log(ApiError error, HttpServletRequest request) {
        LOG.log(Level.INFO, "refused {0} {1} param={2} id={3}", Integer.toString(error.status()), error.code(),
                error.param(), RequestId.of(request));
    }
}
