package io.millrace.ejb.context;

import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/** Lets one call at a time have a conversation, in the order in which they came. Thread-safe. */
final class Leases {

    private static final class Turnstile {
        private final Semaphore free = new Semaphore(1, true);
        private int users;
    }

    private final ConcurrentHashMap<String, Turnstile> taken = new ConcurrentHashMap<>();

    /**
     * Waits for its turn on the caller's thread.
     *
     * @param patience zero: not at all
     * @return to be run once, by any thread, when the call needs it no more; null: it is still somebody else's
     */
    Runnable take(String name, Duration patience) throws InterruptedException {
        Turnstile turnstile = taken.compute(name, (_, known) -> {
            Turnstile its = known == null ? new Turnstile() : known;
            its.users++;
            return its;
        });
        boolean mine = false;
        try {
            mine = patience.isZero() ? turnstile.free.tryAcquire() : turnstile.free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
        } finally {
            if (!mine) {
                leave(name);
            }
        }
        return !mine ? null : () -> {
            turnstile.free.release();
            leave(name);
        };
    }

    private void leave(String name) {
        taken.computeIfPresent(name, (_, turnstile) -> --turnstile.users == 0 ? null : turnstile);
    }

    int size() {
        return taken.size();
    }
}
