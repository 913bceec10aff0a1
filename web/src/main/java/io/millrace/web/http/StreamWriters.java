package io.millrace.web.http;

import io.millrace.web.WebSettings;
import io.millrace.web.error.ApiError;
import jakarta.annotation.PreDestroy;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;

/**
 * The threads that serve one request each, from its body's first byte to its answer's last: virtual ones, because
 * nearly all of their life is waiting, for the client or for tokens. Jakarta Concurrency 3.0 has no managed virtual
 * threads; this is the only place that starts any. Thread-safe.
 */
@ApplicationScoped
public class StreamWriters {

    private final Semaphore free;
    private final ExecutorService threads =
            Executors.newThreadPerTaskExecutor(Thread.ofVirtual().name("stream-writer-", 0).factory());

    /** For the container's proxy. */
    protected StreamWriters() {
        this.free = null;
    }

    @Inject
    public StreamWriters(WebSettings settings) {
        this(settings.maxExchanges());
    }

    StreamWriters(int maxExchanges) {
        this.free = new Semaphore(maxExchanges);
    }

    /**
     * Runs {@code exchange} on a thread of its own.
     *
     * @throws ApiError 503 when as many as allowed are open
     */
    public void start(Runnable exchange) {
        if (!free.tryAcquire()) {
            throw ApiError.overloaded("Too many requests are open at this moment; try again.");
        }
        try {
            threads.execute(() -> {
                try {
                    exchange.run();
                } finally {
                    free.release();
                }
            });
        } catch (RuntimeException e) {
            free.release();
            throw e;
        }
    }

    /** Interrupts whoever is still open; each cancels its flow and ends its connection. */
    @PreDestroy
    void stop() {
        threads.shutdownNow();
    }
}
