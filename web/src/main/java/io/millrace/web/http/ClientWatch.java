package io.millrace.web.http;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import org.glassfish.grizzly.CompletionHandler;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Context;
import org.glassfish.grizzly.IOEvent;
import org.glassfish.grizzly.Processor;
import org.glassfish.grizzly.ProcessorResult;
import org.glassfish.grizzly.ProcessorSelector;
import org.glassfish.grizzly.ReadResult;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.asyncqueue.MessageCloner;
import org.glassfish.grizzly.nio.NIOConnection;

/**
 * Sees a client hang up while its request is being answered. Grizzly doesn't read from a connection until the answer
 * is complete, and so hears nothing of its end; this takes the connection's read events for that time. Reading the end
 * closes the connection, which tells whoever listens for that. What a client sends before it has its answer (HTTP
 * pipelining, which no client of an API does) is dropped, and the connection closed after the answer: HTTP has such a
 * client ask again (RFC 9112, 9.3.2).
 *
 * <p>Thread-safe: events come on the server's threads.
 */
final class ClientWatch implements ProcessorSelector, Processor<Context> {

    private static final Logger LOG = System.getLogger(ClientWatch.class.getName());
    private static final int DROPPED_BYTES = 4096;

    private final NIOConnection connection;
    private final Processor<?> processor;
    private final ProcessorSelector selector;
    private boolean watching = true;
    private boolean spoken;

    private ClientWatch(NIOConnection connection) {
        this.connection = connection;
        this.processor = connection.getProcessor();
        this.selector = connection.getProcessorSelector();
    }

    static ClientWatch start(NIOConnection connection) throws IOException {
        ClientWatch watch = new ClientWatch(connection);
        connection.setProcessorSelector(watch);
        connection.setProcessor(null);
        connection.enableIOEvent(IOEvent.READ);
        return watch;
    }

    /** Gives the read events back. To be called before the client has its last byte and may send the next request. */
    synchronized void stop() {
        if (!watching) {
            return;
        }
        watching = false;
        try {
            connection.disableIOEvent(IOEvent.READ);
        } catch (IOException e) {
            LOG.log(Level.DEBUG, "The connection was closed");
        }
        connection.setProcessor(processor);
        connection.setProcessorSelector(selector);
    }

    /** Whether the client sent something that was dropped, so that the connection can't be used any further. */
    synchronized boolean hasSpoken() {
        return spoken;
    }

    @Override
    public Processor<?> select(IOEvent event, Connection connection) {
        return event == IOEvent.READ ? this : processor;
    }

    @Override
    public synchronized ProcessorResult process(Context context) {
        if (!watching) {
            // the server itself goes on reading once the answer is complete
            return ProcessorResult.createLeave();
        }
        ByteBuffer dropped = ByteBuffer.allocate(DROPPED_BYTES);
        try {
            if (((ReadableByteChannel) connection.getChannel()).read(dropped) < 0) {
                connection.terminateSilently();
            }
        } catch (IOException e) {
            connection.terminateSilently();
        }
        spoken |= dropped.position() > 0;
        return ProcessorResult.createComplete();
    }

    @Override
    public Context obtainContext(Connection connection) {
        Context context = Context.create(connection);
        context.setProcessor(this);
        return context;
    }

    @Override
    public boolean isInterested(IOEvent event) {
        return event == IOEvent.READ;
    }

    @Override
    public void setInterested(IOEvent event, boolean interested) {
        throw new UnsupportedOperationException("only read events");
    }

    @Override
    public void read(Connection connection, CompletionHandler<ReadResult> handler) {
        throw new UnsupportedOperationException("nobody reads while an answer is written");
    }

    @Override
    public void write(Connection connection, Object address, Object message, CompletionHandler<WriteResult> handler) {
        throw new UnsupportedOperationException("writing goes through the server");
    }

    @Override
    public void write(Connection connection, Object address, Object message, CompletionHandler<WriteResult> handler, MessageCloner cloner) {
        throw new UnsupportedOperationException("writing goes through the server");
    }

    @Override
    @Deprecated
    public void write(Connection connection, Object address, Object message, CompletionHandler<WriteResult> handler,
                      org.glassfish.grizzly.asyncqueue.PushBackHandler handler2) {
        throw new UnsupportedOperationException("writing goes through the server");
    }
}
