package io.millrace.web.http;

import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.ReadableByteChannel;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.glassfish.grizzly.CompletionHandler;
import org.glassfish.grizzly.Connection;
import org.glassfish.grizzly.Context;
import org.glassfish.grizzly.EmptyCompletionHandler;
import org.glassfish.grizzly.IOEvent;
import org.glassfish.grizzly.Processor;
import org.glassfish.grizzly.ProcessorResult;
import org.glassfish.grizzly.ProcessorSelector;
import org.glassfish.grizzly.ReadResult;
import org.glassfish.grizzly.WriteResult;
import org.glassfish.grizzly.asyncqueue.MessageCloner;
import org.glassfish.grizzly.nio.NIOConnection;
import org.glassfish.grizzly.nio.NIOTransport;
import org.glassfish.grizzly.nio.SelectorHandler;

/**
 * Sees a client hang up while its request is being answered. Grizzly doesn't read from a connection until the answer
 * is complete, and so hears nothing of its end; this takes the connection's read events for that time. Reading the end
 * closes the connection, which tells whoever listens for that. What a client sends before it has its answer (HTTP
 * pipelining, which no client of an API does) is dropped, and the connection closed after the answer: HTTP has such a
 * client ask again (RFC 9112, 9.3.2).
 *
 * <p>Interest in read events changes on the connection's selector thread only. Grizzly defers switching it on to that
 * thread, but not switching it off: from other threads an old "on" would come into effect during the next request and
 * split its body between two readers.
 */
final class ClientWatch implements ProcessorSelector, Processor<Context> {

    private static final Logger LOG = System.getLogger(ClientWatch.class.getName());
    private static final int DROPPED_BYTES = 4096;
    private static final int STOP_WITHIN_SECONDS = 5;

    private final NIOConnection connection;
    private final SelectorHandler selectorThread;
    private final Processor<?> processor;
    private final ProcessorSelector selector;
    /** Changed on the selector thread only. */
    private volatile boolean watching;
    private volatile boolean spoken;

    private ClientWatch(NIOConnection connection) {
        this.connection = connection;
        this.selectorThread = ((NIOTransport) connection.getTransport()).getSelectorHandler();
        this.processor = connection.getProcessor();
        this.selector = connection.getProcessorSelector();
    }

    static ClientWatch start(NIOConnection connection) {
        ClientWatch watch = new ClientWatch(connection);
        watch.onSelectorThread(() -> {
            watch.watching = true;
            connection.setProcessorSelector(watch);
            connection.setProcessor(null);
            connection.enableIOEvent(IOEvent.READ);
            return true;
        }, null);
        return watch;
    }

    /**
     * Gives the read events back, and returns when that is done. To be called before the client has its last byte and
     * may send the next request.
     */
    void stop() {
        CompletableFuture<Void> stopped = new CompletableFuture<>();
        onSelectorThread(() -> {
            giveBack();
            return true;
        }, stopped);
        try {
            stopped.get(STOP_WITHIN_SECONDS, TimeUnit.SECONDS);
        } catch (ExecutionException | TimeoutException e) {
            // the connection can't be trusted with another request
            LOG.log(Level.DEBUG, "The connection is closed, or its server stopped: {0}", e.toString());
            spoken = true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            spoken = true;
        }
    }

    /** After this nothing is read here any more. */
    private synchronized void giveBack() throws IOException {
        if (watching) {
            watching = false;
            connection.disableIOEvent(IOEvent.READ);
            connection.setProcessor(processor);
            connection.setProcessorSelector(selector);
        }
    }

    private void onSelectorThread(SelectorHandler.Task task, CompletableFuture<Void> done) {
        selectorThread.enque(connection.getSelectorRunner(), task, new EmptyCompletionHandler<>() {
            @Override
            public void completed(SelectorHandler.Task result) {
                if (done != null) {
                    done.complete(null);
                }
            }

            @Override
            public void failed(Throwable cause) {
                if (done != null) {
                    done.completeExceptionally(cause);
                }
            }

            @Override
            public void cancelled() {
                failed(new IOException("the server stopped"));
            }
        });
    }

    /** Whether the client sent something that was dropped, so that the connection can't be used any further. */
    boolean hasSpoken() {
        return spoken;
    }

    @Override
    public Processor<?> select(IOEvent event, Connection connection) {
        return event == IOEvent.READ ? this : processor;
    }

    @Override
    public ProcessorResult process(Context context) {
        drop();
        onSelectorThread(() -> {
            if (watching) {
                connection.enableIOEvent(IOEvent.READ);
            }
            return true;
        }, null);
        // "leave": the server itself doesn't switch read events on again
        return ProcessorResult.createLeave();
    }

    private synchronized void drop() {
        if (!watching) {
            return;
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
