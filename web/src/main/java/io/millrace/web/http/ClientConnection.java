package io.millrace.web.http;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.glassfish.grizzly.CloseListener;
import org.glassfish.grizzly.Closeable;
import org.glassfish.grizzly.ICloseType;
import org.glassfish.grizzly.nio.NIOConnection;

/**
 * The TCP connection under a request: the Servlet API has no way to break one off, nor to hear that it is gone while
 * nothing is written. This, {@link ClientWatch} and {@link Framing} are the only classes that know Payara's HTTP server (Grizzly). On
 * any other one, or where its classes can't be reached, nothing here has an effect: a lost client is noticed by the
 * next writes, and a broken answer ends with its error alone. Owned by the request's thread.
 */
final class ClientConnection {

    private static final Logger LOG = System.getLogger(ClientConnection.class.getName());

    /**
     * Bytes that may wait for a client that reads slowly; at more the writer waits, and the flow joins what comes
     * meanwhile. By itself Grizzly takes four times the socket's buffer, megabytes a client.
     */
    private static final int PENDING_BYTES = 64 * 1024;

    private final NIOConnection connection;
    private final String protocol;
    private final boolean upgrading;
    private CloseListener<Closeable, ICloseType> listener;
    private ClientWatch watch;

    private ClientConnection(NIOConnection connection, HttpServletRequest request) {
        this.connection = connection;
        this.protocol = request.getProtocol();
        this.upgrading = request.getHeader("Upgrade") != null;
    }

    /** The connection that {@code request} came over. */
    static ClientConnection of(HttpServletRequest request, Duration writeTimeout) {
        NIOConnection connection = null;
        try {
            connection = grizzly(request);
            connection.setMaxAsyncWriteQueueSize(PENDING_BYTES);
            connection.setWriteTimeout(writeTimeout.toMillis(), TimeUnit.MILLISECONDS);
        } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
            LOG.log(Level.DEBUG, "No access to the HTTP server''s connection: {0}", e.toString());
        }
        return new ClientConnection(connection, request);
    }

    /** Has {@code action} run once, on a thread that must not wait, when the connection turns out to be closed or lost. */
    void onGone(Runnable action) {
        if (connection != null) {
            listener = (closeable, type) -> action.run();
            connection.addCloseListener(listener);
        }
    }

    /** From now on it turns out at once, even while nothing is written. Costs the selector's thread two turns. */
    void watch() {
        // an HTTP/2 connection serves other requests as well and is read from all the time
        if (connection != null && watch == null && !upgrading && protocol.startsWith("HTTP/1")) {
            watch = ClientWatch.start(connection);
        }
    }

    /** Whatever happens to the connection from now on is no business of this request. */
    void release() {
        if (listener != null) {
            connection.removeCloseListener(listener);
            listener = null;
        }
        if (watch != null) {
            watch.stop();
        }
    }

    /** After the answer: closes a connection whose next request was dropped. */
    void closeIfSpent() {
        if (watch != null && watch.hasSpoken()) {
            connection.closeSilently();
        }
    }

    /**
     * Ends the connection so that the client can't take what it got for a whole answer: the last chunk is never sent
     * (HTTP/1.1), or the connection is reset (HTTP/1.0, where its end would mark a complete body). With HTTP/2 this
     * takes the client's other requests with it, which it can repeat; an answer cut short without a sign it can't.
     */
    void abort() {
        if (connection == null) {
            return;
        }
        if (protocol.equals("HTTP/1.0") && connection.getChannel() instanceof NetworkChannel channel) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException | UnsupportedOperationException e) {
                LOG.log(Level.DEBUG, "Can''t reset the connection: {0}", e.toString());
            }
        }
        connection.terminateSilently();
    }

    private static NIOConnection grizzly(HttpServletRequest request) throws ReflectiveOperationException {
        Object coyote = coyote(request);
        Object context = coyote.getClass().getMethod("getContext").invoke(coyote);
        return (NIOConnection) context.getClass().getMethod("getConnection").invoke(context);
    }

    /** Grizzly's own request. */
    static Object coyote(HttpServletRequest request) throws ReflectiveOperationException {
        ServletRequest facade = request;
        while (facade instanceof ServletRequestWrapper wrapper) {
            facade = wrapper.getRequest();
        }
        Object catalina = facade.getClass().getMethod("getUnwrappedCoyoteRequest").invoke(facade);
        return catalina.getClass().getMethod("getCoyoteRequest").invoke(catalina);
    }
}
