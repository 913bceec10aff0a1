package io.millrace.web.http;

import io.millrace.ejb.context.ContextException;
import io.millrace.web.error.ApiError;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.ws.rs.container.AsyncResponse;

/**
 * Has a request that may wait, for a disk or for another call, answered on a thread of its own, since the HTTP workers are
 * few. Thread-safe.
 */
@ApplicationScoped
public class OwnThread {

    @Inject
    private StreamWriters threads;

    /** What is answered with: an entity, or a whole response. */
    @FunctionalInterface
    public interface Work {
        Object answer() throws ContextException, InterruptedException;
    }

    /**
     * Returns at once.
     *
     * @throws ApiError 503 when as many requests as allowed are open
     */
    public void run(AsyncResponse suspended, Work work) {
        threads.start(() -> {
            try {
                suspended.resume(work.answer());
            } catch (ContextException e) {
                suspended.resume(ApiError.of(e.refusal()));
            } catch (InterruptedException e) {
                suspended.resume(ApiError.stopping());
            } catch (RuntimeException e) {
                suspended.resume(e);
            }
        });
    }
}
