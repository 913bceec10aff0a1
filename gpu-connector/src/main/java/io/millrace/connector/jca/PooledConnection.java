package io.millrace.connector.jca;

import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionEvent;
import jakarta.resource.spi.ConnectionEventListener;
import jakarta.resource.spi.LocalTransaction;
import jakarta.resource.spi.ManagedConnection;
import java.io.PrintWriter;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import javax.transaction.xa.XAResource;

/**
 * What every managed connection of this adapter has in common: the spec that the pool finds it by, word to the pool
 * when its holder gives it back or it broke (Connectors 2.1, section 6.5.7), and no transactions.
 *
 * @param <S> the spec
 */
abstract class PooledConnection<S> implements ManagedConnection {

    private final S spec;
    private final List<ConnectionEventListener> listeners = new CopyOnWriteArrayList<>();
    private volatile boolean alive = true;
    private PrintWriter logWriter;

    PooledConnection(S spec) {
        this.spec = spec;
    }

    final S spec() {
        return spec;
    }

    final boolean alive() {
        return alive;
    }

    /** Never again to be found in the pool. */
    final void die() {
        alive = false;
    }

    /** Tells the pool, which will destroy this connection. */
    final void tellBroken(Object handle, Exception cause) {
        for (ConnectionEventListener listener : listeners) {
            listener.connectionErrorOccurred(event(ConnectionEvent.CONNECTION_ERROR_OCCURRED, handle, cause));
        }
    }

    /** Gives this connection back to the pool; one that died is not taken back. */
    final void tellClosed(Object handle) {
        if (alive) {
            for (ConnectionEventListener listener : listeners) {
                listener.connectionClosed(event(ConnectionEvent.CONNECTION_CLOSED, handle, null));
            }
        }
    }

    private ConnectionEvent event(int id, Object handle, Exception cause) {
        ConnectionEvent event = new ConnectionEvent(this, id, cause);
        event.setConnectionHandle(handle);
        return event;
    }

    @Override
    public void addConnectionEventListener(ConnectionEventListener listener) {
        listeners.add(listener);
    }

    @Override
    public void removeConnectionEventListener(ConnectionEventListener listener) {
        listeners.remove(listener);
    }

    @Override
    public XAResource getXAResource() throws ResourceException {
        throw new NotSupportedException("this connection takes part in no transaction");
    }

    @Override
    public LocalTransaction getLocalTransaction() throws ResourceException {
        throw new NotSupportedException("this connection takes part in no transaction");
    }

    @Override
    public PrintWriter getLogWriter() {
        return logWriter;
    }

    @Override
    public void setLogWriter(PrintWriter writer) {
        logWriter = writer;
    }
}
