package io.millrace.web.http;

import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorResponse;
import jakarta.servlet.AsyncContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Consumer;
import java.util.function.IntConsumer;

/** The way back to one client, past the thread that its request came on. Owned by the thread that answers. */
public final class Reply {

    private static final Logger LOG = System.getLogger("io.millrace.web");

    private final HttpServletRequest request;
    private final HttpServletResponse response;
    private final AsyncContext async;
    private final ClientConnection connection;
    private final Consumer<HttpServletResponse> head;
    private final IntConsumer ending;
    private volatile boolean gone;
    private boolean started;
    private boolean finished;

    /**
     * Takes the request off its thread: from here on it is open until {@link #finish}, {@link #refuse} or {@link #abort}.
     *
     * @param writeTimeout how long the client may leave a piece of its answer unread before it counts as gone
     * @param head         adds headers to the answer, good or not, just before it is sent
     * @param ending       gets the status when all is written; 0 when the client has gone
     */
    public Reply(HttpServletRequest request, HttpServletResponse response, Duration writeTimeout,
                 Consumer<HttpServletResponse> head, IntConsumer ending) {
        this.request = request;
        this.response = response;
        this.connection = ClientConnection.of(request, writeTimeout);
        this.head = head;
        this.ending = ending;
        this.async = request.startAsync(request, response);
        async.setTimeout(0);
    }

    /** From here on the request goes by the id of its call. */
    public void identify(String callId) {
        RequestId.set(request, callId);
    }

    /** What the request goes by. */
    public String id() {
        return RequestId.of(request);
    }

    /** Has {@code action} run, on any thread, as soon as the client is seen to be gone; see {@link #watch}. */
    public void onGone(Runnable action) {
        connection.onGone(() -> {
            gone = true;
            action.run();
        });
    }

    /** From now on a client that hangs up is seen at once; before, only by what is written to it. */
    public void watch() {
        connection.watch();
    }

    /** Whether the client hung up, so that nothing needs to be told any more. */
    public boolean gone() {
        return gone;
    }

    /** Whether the status has gone out, so that an error can only be told inside the body. */
    public boolean started() {
        return started;
    }

    /** Answers with an error and its true status; only before {@link #started}. */
    public void refuse(ApiError error) {
        started = true;
        connection.release();
        head.accept(response);
        try {
            ErrorResponse.write(error, request, response);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The client was gone before it could be told");
        }
        finish();
    }

    /** Sends status 200 with the first byte that is written. */
    public OutputStream start(String contentType) throws IOException {
        if (!started) {
            started = true;
            Framing.keep(request);
            response.setContentType(contentType);
            response.setHeader(RequestId.HEADER, RequestId.of(request));
            response.setHeader("Cache-Control", "no-cache");
            response.setHeader("X-Accel-Buffering", "no");
            head.accept(response);
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

    /** Ends a complete answer: what is not sent yet is sent now. */
    public void finish() {
        if (finished) {
            return;
        }
        finished = true;
        ending.accept(gone ? 0 : response.getStatus());
        try {
            async.complete();
        } catch (IllegalStateException e) {
            LOG.log(Level.DEBUG, "The server had ended the request by itself: {0}", e.getMessage());
        }
        connection.closeIfSpent();
    }

    /** Ends an answer that is not complete, so that the client can tell. */
    public void abort() {
        connection.release();
        connection.abort();
        finish();
    }
}
