package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineEventListener;
import jakarta.resource.spi.UnavailableException;
import jakarta.resource.spi.endpoint.MessageEndpoint;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.Work;
import jakarta.resource.spi.work.WorkException;
import jakarta.resource.spi.work.WorkManager;
import java.util.Queue;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Brings engine events to one message endpoint, in order, on threads of the work manager. At most
 * {@value #MOST_WAITING} events wait for an endpoint that is slow or not ready yet; the oldest is dropped, with a line
 * in the log, when one more comes. Thread-safe.
 */
final class EndpointDelivery implements Work {

    private static final Logger LOG = Logger.getLogger(EndpointDelivery.class.getName());
    private static final int MOST_WAITING = 256;
    private static final int UNAVAILABLE_RETRY_MS = 200;
    private static final int MOST_RETRIES = 150;

    private final MessageEndpointFactory factory;
    private final WorkManager workManager;
    private final Queue<EngineEvent> waiting = new ArrayBlockingQueue<>(MOST_WAITING);
    private final AtomicBoolean scheduled = new AtomicBoolean();
    private volatile boolean released;

    EndpointDelivery(MessageEndpointFactory factory, WorkManager workManager) {
        this.factory = factory;
        this.workManager = workManager;
    }

    void deliver(EngineEvent event) {
        while (!waiting.offer(event)) {
            LOG.log(Level.WARNING, "Engine events wait too long for their endpoint; dropped {0}", waiting.poll());
        }
        schedule();
    }

    private void schedule() {
        if (!released && scheduled.compareAndSet(false, true)) {
            try {
                workManager.scheduleWork(this);
            } catch (WorkException e) {
                scheduled.set(false);
                LOG.log(Level.WARNING, "The container took no work; engine events wait for the next one", e);
            }
        }
    }

    @Override
    public void run() {
        for (EngineEvent event = waiting.poll(); event != null && !released; event = waiting.poll()) {
            hand(event);
        }
        scheduled.set(false);
        if (!waiting.isEmpty()) {
            schedule();
        }
    }

    private void hand(EngineEvent event) {
        MessageEndpoint endpoint = endpoint();
        if (endpoint == null) {
            LOG.log(Level.WARNING, "No endpoint took the engine event {0}", event);
            return;
        }
        try {
            ((EngineEventListener) endpoint).onEngineEvent(event);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "The endpoint failed on the engine event " + event, e);
        } finally {
            endpoint.release();
        }
    }

    /** An endpoint's application may still be starting: the specification lets it say so (section 13.5.6). */
    private MessageEndpoint endpoint() {
        for (int attempt = 0; attempt < MOST_RETRIES && !released; attempt++) {
            try {
                return factory.createEndpoint(null);
            } catch (UnavailableException e) {
                if (!pause()) {
                    return null;
                }
            }
        }
        return null;
    }

    private static boolean pause() {
        try {
            TimeUnit.MILLISECONDS.sleep(UNAVAILABLE_RETRY_MS);
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return false;
        }
    }

    @Override
    public void release() {
        released = true;
    }
}
