package io.millrace.ejb.context;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;

/**
 * The threads that keep turns: virtual ones, since they wait for a disk and nothing else, and the thread that ends an answer
 * is an engine's. Jakarta Concurrency 3.0 has no managed ones.
 */
final class ContextThreads {

    private ContextThreads() {}

    /** What the work gives, or how it failed. */
    static CompletableFuture<Void> run(Callable<CompletableFuture<?>> work) {
        CompletableFuture<Void> done = new CompletableFuture<>();
        Thread.ofVirtual().name("conversation").start(() -> {
            try {
                work.call().whenComplete((_, failure) -> {
                    if (failure == null) {
                        done.complete(null);
                    } else {
                        done.completeExceptionally(failure);
                    }
                });
            } catch (Exception | Error e) {
                done.completeExceptionally(e);
            }
        });
        return done;
    }
}
