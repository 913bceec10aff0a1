package io.millrace.tests.upstream;

import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** When the next word is due: on average so many a second, the gaps unequal by up to a half. Owned by one thread. */
final class Pace {

    private final double gapNanos;
    private final SplittableRandom random;
    private double due = System.nanoTime();

    /** @param wordsPerSecond 0: at once */
    Pace(double wordsPerSecond, long seed) {
        gapNanos = wordsPerSecond == 0 ? 0 : TimeUnit.SECONDS.toNanos(1) / wordsPerSecond;
        random = new SplittableRandom(seed);
    }

    void await() {
        if (gapNanos == 0) {
            return;
        }
        due += gapNanos * (0.5 + random.nextDouble());
        for (long left = (long) due - System.nanoTime(); left > 0; left = (long) due - System.nanoTime()) {
            LockSupport.parkNanos(left);
        }
    }
}
