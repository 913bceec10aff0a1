package io.millrace.ejb.batch;

/**
 * How many answers are written at once: as many as the time between two tokens allows, and more when requests wait too
 * long for their turn. Pure; owned by the batch thread.
 */
final class BatchSize {

    /** Steps between two changes, so that one is felt before the next. */
    private static final int STEPS = 8;
    private static final double SMOOTHING = 0.2;

    private double now = Double.MAX_VALUE;
    private double step;
    private int since;

    /** Answers of lanes P1 to P3 that may be written at once. */
    int limit(BatchSettings settings) {
        return (int) Math.clamp(now, settings.leastBatch(), settings.mostBatch());
    }

    /**
     * A step that writes answers, with full use of the limit, shows what it costs.
     *
     * @param running     answers in it
     * @param nanos       how long it is since these answers had their last token
     * @param oldestNanos how long the oldest request has waited for its turn; 0: none waits
     */
    void observe(BatchSettings settings, int running, long nanos, long oldestNanos) {
        step = step == 0 ? nanos : (1 - SMOOTHING) * step + SMOOTHING * nanos;
        int limit = limit(settings);
        if (++since < STEPS || running < limit && oldestNanos == 0) {
            return;
        }
        since = 0;
        if (oldestNanos > settings.firstTarget().toNanos() || step <= settings.tokenTarget().toNanos()) {
            now = Math.min(settings.mostBatch(), limit * 1.25 + 1);
        } else {
            now = Math.max(settings.leastBatch(), Math.min(limit, running) * 0.9);
        }
    }
}
