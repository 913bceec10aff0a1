package io.millrace.web.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import jakarta.ws.rs.container.AsyncResponse;
import java.io.IOException;
import java.io.OutputStream;

/**
 * The way back to one client. What is refused goes through JAX-RS; an answer is written to the servlet response
 * directly, because JAX-RS can neither break one off nor lose a client without a page of log. Owned by the request's
 * thread.
 */
public final class Reply {

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final AsyncResponse suspended;
    private final ClientConnection connection;
    private boolean started;

    public Reply(HttpServletRequest request, HttpServletResponse response, AsyncResponse suspended) {
        this.request = request;
        this.response = response;
        this.suspended = suspended;
        this.connection = ClientConnection.of(request);
    }

    /** From here on the request goes by the id of its call. */
    public void identify(String callId) {
        RequestId.set(request, callId);
    }

    /** Has {@code action} run, on any thread, as soon as the client is seen to be gone. */
    public void onGone(Runnable action) {
        connection.onGone(action);
    }

    /** Whether the status has gone out, so that an error can only be told inside the body. */
    public boolean started() {
        return started;
    }

    /** Answers with an error and its true status; only before {@link #started}. */
    public void refuse(Throwable error) {
        connection.release();
        suspended.resume(error);
    }

    /** Sends status 200 with the first byte that is written. */
    public OutputStream start(String contentType) throws IOException {
        if (!started) {
            started = true;
            response.setContentType(contentType);
            response.setHeader(RequestId.HEADER, RequestId.of(request));
            response.setHeader("Cache-Control", "no-cache");
            response.setHeader("X-Accel-Buffering", "no");
        }
        return response.getOutputStream();
    }

    /** Sends the body, or what is left of it, at once and ends the answer. */
    public void send(String contentType, byte[] body) throws IOException {
        if (!started) {
            response.setContentLength(body.length);
        }
        OutputStream out = start(contentType);
        lastByteFollows();
        out.write(body);
        finish();
    }

    /** From here on the client may close the connection or send its next request over it: it has, or gets, all. */
    public void lastByteFollows() {
        connection.release();
    }

    /** Ends a complete answer. */
    public void finish() {
        request.getAsyncContext().complete();
    }

    /** Ends an answer that is not complete, so that the client can tell. */
    public void abort() {
        connection.release();
        connection.abort();
        finish();
    }
}
