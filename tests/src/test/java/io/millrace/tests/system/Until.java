package io.millrace.tests.system;

import java.time.Duration;
import java.util.function.Predicate;
import java.util.function.Supplier;

/** Waits for a condition, bounded. */
final class Until {

    private static final long POLL_MS = 20;

    private Until() {}

    /** The first value that satisfies {@code wanted}. */
    static <T> T is(String what, Duration bound, Supplier<T> value, Predicate<T> wanted) {
        long deadline = System.nanoTime() + bound.toNanos();
        T last = value.get();
        while (!wanted.test(last)) {
            if (System.nanoTime() - deadline > 0) {
                throw new AssertionError("not within " + bound.toSeconds() + " s: " + what + "; it is " + last);
            }
            pause();
            last = value.get();
        }
        return last;
    }

    static void pause() {
        try {
            Thread.sleep(POLL_MS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError("interrupted", e);
        }
    }
}
