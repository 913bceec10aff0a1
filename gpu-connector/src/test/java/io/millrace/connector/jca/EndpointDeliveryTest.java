package io.millrace.connector.jca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineEventListener;
import jakarta.resource.spi.UnavailableException;
import jakarta.resource.spi.endpoint.MessageEndpoint;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.ExecutionContext;
import jakarta.resource.spi.work.Work;
import jakarta.resource.spi.work.WorkListener;
import jakarta.resource.spi.work.WorkManager;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import javax.transaction.xa.XAResource;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(20)
class EndpointDeliveryTest {

    private final BlockingQueue<EngineEvent> heard = new LinkedBlockingQueue<>();
    private final AtomicInteger unavailable = new AtomicInteger();
    private final Semaphore released = new Semaphore(0);
    private final ExecutorService threads = Executors.newFixedThreadPool(4);
    private final EndpointDelivery delivery = new EndpointDelivery(new Endpoints(), new Threads(threads));

    @AfterEach
    void stop() {
        delivery.release();
        threads.shutdownNow();
    }

    @Test
    void bringsEventsInTheOrderInWhichTheyHappened() throws InterruptedException {
        List<String> told = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            told.add("engine " + i);
            delivery.deliver(new EngineEvent.Lost("engine " + i, "test"));
        }
        List<String> names = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            names.add(heard.poll(10, TimeUnit.SECONDS).engine());
        }
        assertEquals(told, names);
        assertTrue(released.tryAcquire(100, 10, TimeUnit.SECONDS), "every endpoint is released");
    }

    @Test
    void triesAgainWhileTheApplicationStarts() throws InterruptedException {
        unavailable.set(3);
        delivery.deliver(new EngineEvent.Lost("engine", "test"));
        assertEquals("engine", heard.poll(10, TimeUnit.SECONDS).engine());
    }

    @Test
    void anEndpointThatFailsDoesNotStopTheNextEvent() throws InterruptedException {
        delivery.deliver(new EngineEvent.Lost("poison", "test"));
        delivery.deliver(new EngineEvent.Lost("good", "test"));
        assertEquals("good", heard.poll(10, TimeUnit.SECONDS).engine());
        assertTrue(heard.isEmpty());
    }

    private final class Endpoints implements MessageEndpointFactory {

        @Override
        public MessageEndpoint createEndpoint(XAResource resource) throws UnavailableException {
            if (unavailable.getAndUpdate(left -> Math.max(0, left - 1)) > 0) {
                throw new UnavailableException("still starting");
            }
            return new Endpoint();
        }

        @Override
        public MessageEndpoint createEndpoint(XAResource resource, long timeout) throws UnavailableException {
            return createEndpoint(resource);
        }

        @Override
        public boolean isDeliveryTransacted(Method method) {
            return false;
        }

        @Override
        public String getActivationName() {
            return "test";
        }

        @Override
        public Class<?> getEndpointClass() {
            return Endpoint.class;
        }
    }

    private final class Endpoint implements MessageEndpoint, EngineEventListener {

        @Override
        public void onEngineEvent(EngineEvent event) {
            if (event.engine().equals("poison")) {
                throw new IllegalStateException("an endpoint that fails");
            }
            heard.add(event);
        }

        @Override
        public void beforeDelivery(Method method) {
            throw new UnsupportedOperationException("deliveries are not transacted");
        }

        @Override
        public void afterDelivery() {
            throw new UnsupportedOperationException("deliveries are not transacted");
        }

        @Override
        public void release() {
            released.release();
        }
    }

    /** A container's work manager, as far as the delivery uses one. */
    private record Threads(ExecutorService threads) implements WorkManager {

        @Override
        public void scheduleWork(Work work) {
            threads.execute(work);
        }

        @Override
        public void scheduleWork(Work work, long timeout, ExecutionContext context, WorkListener listener) {
            throw new UnsupportedOperationException("not used");
        }

        @Override
        public void doWork(Work work) {
            throw new UnsupportedOperationException("not used");
        }

        @Override
        public void doWork(Work work, long timeout, ExecutionContext context, WorkListener listener) {
            throw new UnsupportedOperationException("not used");
        }

        @Override
        public long startWork(Work work) {
            throw new UnsupportedOperationException("not used");
        }

        @Override
        public long startWork(Work work, long timeout, ExecutionContext context, WorkListener listener) {
            throw new UnsupportedOperationException("not used");
        }
    }
}
