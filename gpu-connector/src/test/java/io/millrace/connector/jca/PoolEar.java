package io.millrace.connector.jca;

import jakarta.resource.spi.ConnectionEvent;
import jakarta.resource.spi.ConnectionEventListener;
import java.util.ArrayList;
import java.util.List;

/** What the container's pool hears of a connection. */
final class PoolEar implements ConnectionEventListener {
    final List<String> heard = new ArrayList<>();

    @Override
    public void connectionClosed(ConnectionEvent event) {
        heard.add("closed");
    }

    @Override
    public void connectionErrorOccurred(ConnectionEvent event) {
        heard.add("error");
    }

    @Override
    public void localTransactionStarted(ConnectionEvent event) {
        heard.add("started");
    }

    @Override
    public void localTransactionCommitted(ConnectionEvent event) {
        heard.add("committed");
    }

    @Override
    public void localTransactionRolledback(ConnectionEvent event) {
        heard.add("rolled back");
    }
}
