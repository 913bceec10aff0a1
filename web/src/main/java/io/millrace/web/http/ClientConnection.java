package io.millrace.web.http;

import jakarta.servlet.ServletRequest;
import jakarta.servlet.ServletRequestWrapper;
import jakarta.servlet.http.HttpServletRequest;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.net.StandardSocketOptions;
import java.nio.channels.NetworkChannel;
import org.glassfish.grizzly.CloseListener;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.nio.NIOConnection;

/**
 * The TCP connection under a request: the Servlet API has no way to break one off, nor to hear that it is gone while
 * nothing is written. This is the only class that knows Payara's HTTP server (Grizzly); on any other one, or where its
 * classes can't be reached, it does nothing, and a lost client is noticed by the next write.
 */
public final class ClientConnection {

    private static final Logger LOG = System.getLogger(ClientConnection.class.getName());

    private final Connection<?> connection;
    private final boolean endMeansComplete;
    private CloseListener<?, ?> listener;

    private ClientConnection(Connection<?> connection, boolean endMeansComplete) {
        this.connection = connection;
        this.endMeansComplete = endMeansComplete;
    }

    /** The connection that {@code request} came over. */
    public static ClientConnection of(HttpServletRequest request) {
        Connection<?> connection = null;
        try {
            connection = grizzly(request);
        } catch (ReflectiveOperationException | LinkageError | ClassCastException e) {
            LOG.log(Level.DEBUG, "No access to the HTTP server''s connection: {0}", e.toString());
        }
        return new ClientConnection(connection, "HTTP/1.0".equals(request.getProtocol()));
    }

    /**
     * Ends the connection so that the client can't take what it got for a whole answer: the last chunk is never sent
     * (HTTP/1.1), or the connection is reset (HTTP/1.0, where its end would mark a complete body).
     */
    public void abort() {
        if (connection == null) {
            return;
        }
        if (endMeansComplete && connection instanceof NIOConnection nio && nio.getChannel() instanceof NetworkChannel channel) {
            try {
                channel.setOption(StandardSocketOptions.SO_LINGER, 0);
            } catch (IOException | UnsupportedOperationException e) {
                LOG.log(Level.DEBUG, "Can''t reset the connection: {0}", e.toString());
            }
        }
        connection.terminateSilently();
    }

    /** Has {@code action} run once when the client closes or loses the connection; on a thread that must not wait. */
    public void onGone(Runnable action) {
        if (connection == null) {
            return;
        }
        CloseListener<?, ?> closing = (CloseListener<org.glassfish.grizzly.Closeable, org.glassfish.grizzly.ICloseType>) (closeable, type) -> action.run();
        listener = closing;
        connection.addCloseListener(closing);
    }

    /** The answer is complete: whatever happens to the connection from now on is no business of this request. */
    public void release() {
        if (listener != null) {
            connection.removeCloseListener(listener);
            listener = null;
        }
    }

    private static Connection<?> grizzly(HttpServletRequest request) throws ReflectiveOperationException {
        ServletRequest facade = request;
        while (facade instanceof ServletRequestWrapper wrapper) {
            facade = wrapper.getRequest();
        }
        Object catalina = facade.getClass().getMethod("getUnwrappedCoyoteRequest").invoke(facade);
        Object coyote = catalina.getClass().getMethod("getCoyoteRequest").invoke(catalina);
        Object context = coyote.getClass().getMethod("getContext").invoke(coyote);
        return (Connection<?>) context.getClass().getMethod("getConnection").invoke(context);
    }
}
