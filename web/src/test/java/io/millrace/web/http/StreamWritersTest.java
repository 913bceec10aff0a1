package io.millrace.web.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.web.error.ApiError;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class StreamWritersTest {

    @Test
    void refusesOneMoreThanItMayAndGoesOnWhenOneEnded() throws InterruptedException {
        StreamWriters writers = new StreamWriters(2);
        CountDownLatch end = new CountDownLatch(1);
        CountDownLatch ended = new CountDownLatch(2);
        Runnable waits = () -> {
            try {
                end.await();
            } catch (InterruptedException e) {
                throw new IllegalStateException(e);
            } finally {
                ended.countDown();
            }
        };
        writers.start(waits);
        writers.start(waits);
        ApiError error = assertThrows(ApiError.class, () -> writers.start(waits));
        assertEquals(503, error.status());
        assertEquals(1, error.retryAfterSeconds());
        end.countDown();
        assertTrue(ended.await(10, TimeUnit.SECONDS));
        startEventually(writers);
    }

    @Test
    void freesThePlaceOfAnExchangeThatFails() throws InterruptedException {
        StreamWriters writers = new StreamWriters(1);
        for (int i = 0; i < 5; i++) {
            startEventually(writers);
        }
    }

    @Test
    void interruptsWhoIsStillOpenWhenItStops() throws InterruptedException {
        StreamWriters writers = new StreamWriters(1);
        CountDownLatch interrupted = new CountDownLatch(1);
        CountDownLatch started = new CountDownLatch(1);
        writers.start(() -> {
            started.countDown();
            try {
                Thread.sleep(60_000);
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        });
        assertTrue(started.await(10, TimeUnit.SECONDS));
        writers.stop();
        assertTrue(interrupted.await(10, TimeUnit.SECONDS));
    }

    private static void startEventually(StreamWriters writers) throws InterruptedException {
        for (int i = 0; i < 1000; i++) {
            try {
                writers.start(() -> { });
                return;
            } catch (ApiError e) {
                Thread.sleep(1);
            }
        }
        throw new AssertionError("the place was not freed");
    }
}
