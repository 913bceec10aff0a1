package io.millrace.ejb.region;

import java.time.Duration;
import java.util.concurrent.TimeUnit;

/**
 * How long a region may say nothing before it counts as silent: several times the longest gap but for one in two hundred
 * that it has shown lately, within bounds. Thread-safe; costs a lock and an addition for each token. Has no clock.
 */
public final class Silence {

    private static final double TIMES = 4;
    private static final double QUANTILE = 0.995;
    /** Gaps after which old ones count half. */
    private static final int HALF_LIFE = 2048;
    /** Fewer gaps than this tell nothing. */
    private static final int LEAST = 32;
    private static final int STEPS_A_DOUBLING = 4;
    private static final int BUCKETS = 48 * STEPS_A_DOUBLING;

    private final long leastNanos;
    private final long mostNanos;
    private final double[] gaps = new double[BUCKETS];
    private double known;
    private int sinceHalved;
    private volatile long deadline;

    /** @param most also what holds until enough is known */
    public Silence(Duration least, Duration most) {
        this.leastNanos = least.toNanos();
        this.mostNanos = most.toNanos();
        this.deadline = mostNanos;
    }

    /** A token came so long after the one before. */
    public synchronized void heard(long gapNanos) {
        gaps[bucket(gapNanos)]++;
        known++;
        if (++sinceHalved % LEAST == 0) {
            deadline = learnt();
        }
        if (sinceHalved >= HALF_LIFE) {
            sinceHalved = 0;
            known /= 2;
            for (int i = 0; i < gaps.length; i++) {
                gaps[i] /= 2;
            }
        }
    }

    public long deadlineNanos() {
        return deadline;
    }

    private long learnt() {
        double beyond = known * (1 - QUANTILE);
        int bucket = BUCKETS - 1;
        for (double seen = gaps[bucket]; seen <= beyond && bucket > 0; seen += gaps[bucket]) {
            bucket--;
        }
        double gap = Math.pow(2, (bucket + 1.0) / STEPS_A_DOUBLING) * TimeUnit.MICROSECONDS.toNanos(1);
        return (long) Math.clamp(TIMES * gap, leastNanos, mostNanos);
    }

    /** Four for each doubling, from a microsecond. */
    private static int bucket(long nanos) {
        double micros = Math.max(1, nanos / 1e3);
        return Math.min(BUCKETS - 1, (int) (STEPS_A_DOUBLING * Math.log(micros) / Math.log(2)));
    }
}
