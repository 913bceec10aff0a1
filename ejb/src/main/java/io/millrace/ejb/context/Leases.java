package io.millrace.ejb.context;

import io.millrace.ejb.cluster.Shelf;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/**
 * Lets one call at a time have a conversation: of one node's calls, in the order in which they came; of those of several
 * nodes, whoever sees first that it is free. Thread-safe.
 */
final class Leases {

    /** How often a node looks whether another one has given a conversation back. */
    private static final long LOOK_MS = 20;

    private static final class Turnstile {
        private final Semaphore free = new Semaphore(1, true);
        private int users;
    }

    /** What other nodes have taken; null where there are none. */
    record Others(Shelf taken, String self, Supplier<Set<String>> nodes) {

        boolean claim(String name) {
            byte[] mine = self.getBytes(StandardCharsets.UTF_8);
            if (taken.claim(name, mine)) {
                return true;
            }
            byte[] owner = taken.get(name);
            if (owner != null && !nodes.get().contains(new String(owner, StandardCharsets.UTF_8))) {
                taken.remove(name);
            }
            return false;
        }
    }

    private final ConcurrentHashMap<String, Turnstile> taken = new ConcurrentHashMap<>();
    private final Others others;

    Leases(Others others) {
        this.others = others;
    }

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
        long until = System.nanoTime() + patience.toNanos();
        boolean first = false;
        boolean mine = false;
        try {
            first = patience.isZero() ? turnstile.free.tryAcquire() : turnstile.free.tryAcquire(patience.toNanos(), TimeUnit.NANOSECONDS);
            mine = first && claim(name, until);
        } finally {
            if (first && !mine) {
                turnstile.free.release();
            }
            if (!mine) {
                leave(name);
            }
        }
        return !mine ? null : () -> {
            if (others != null) {
                others.taken.remove(name);
            }
            turnstile.free.release();
            leave(name);
        };
    }

    private boolean claim(String name, long until) throws InterruptedException {
        if (others == null) {
            return true;
        }
        while (!others.claim(name)) {
            if (System.nanoTime() - until >= 0) {
                return false;
            }
            Thread.sleep(LOOK_MS);
        }
        return true;
    }

    private void leave(String name) {
        taken.computeIfPresent(name, (_, turnstile) -> --turnstile.users == 0 ? null : turnstile);
    }

    int size() {
        return taken.size();
    }
}
