package io.millrace.ejb.lane;

/** How densely calls come, learnt from the times between them. Has no clock of its own; guarded by its owner's lock. */
final class Arrivals {

    private static final double SMOOTHING = 0.2;

    private long first;
    private long last;
    private boolean any;
    private double logGap = Double.NaN;

    /** @param begins whether nobody waits at this moment */
    void came(long nowNanos, boolean begins) {
        if (any) {
            double log = Math.log(Math.max(1, nowNanos - last));
            logGap = Double.isNaN(logGap) ? log : (1 - SMOOTHING) * logGap + SMOOTHING * log;
        }
        first = begins ? nowNanos : first;
        last = nowNanos;
        any = true;
    }

    /** When the first of those came that wait. */
    long first() {
        return first;
    }

    long last() {
        return last;
    }

    /** Their geometric mean, nanoseconds, so that one long pause doesn't hide a burst; NaN while nothing is known. */
    double gapNanos() {
        return Math.exp(logGap);
    }
}
