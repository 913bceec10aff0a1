package io.millrace.web.error;

import io.millrace.web.http.RequestId;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;

/** An error that is answered before JAX-RS has the request, or after the container took it away. */
public final class ErrorResponse {

    private ErrorResponse() {}

    public static void write(ApiError error, HttpServletRequest request, HttpServletResponse response) throws IOException {
        response.setStatus(error.status());
        response.setHeader(RequestId.HEADER, RequestId.of(request));
        if (error.retryAfterSeconds() > 0) {
            response.setIntHeader("Retry-After", error.retryAfterSeconds());
        }
        if (error.status() == 401) {
            response.setHeader("WWW-Authenticate", "Bearer");
        }
        byte[] body = ErrorBody.of(error);
        response.setContentType("application/json");
        response.setContentLength(body.length);
        response.getOutputStream().write(body);
    }
}
