package io.millrace.ejb.batch;

import java.time.Duration;

/**
 * Cuts the step that is being computed short for a request of lane P0 that comes meanwhile. All that the step would have brought is
 * computed again, so only so much is cut as a {@value #PART} part of the time that steps take allows. Has no clock of its own.
 * Thread-safe; a step costs two short locks.
 */
final class Interruption {

    private static final double PART = 0.1;
    private static final long MOST_SAVED_NANOS = Duration.ofMillis(500).toNanos();
    /** What is gained must be no less than this part of what is lost. */
    private static final double LEAST_GAIN = 0.5;
    private static final long LEAST_GAIN_NANOS = Duration.ofMillis(10).toNanos();

    private final Runnable abort;
    private double savedNanos = MOST_SAVED_NANOS;
    private boolean running;
    private boolean cut;
    private long begunNanos;
    private double expectedNanos;

    /** @param abort ends the step that is running; returns at once */
    Interruption(Runnable abort) {
        this.abort = abort;
    }

    /** @param expected how long the step will probably take, nanoseconds; 0: it shall not be cut short */
    synchronized void stepBegins(long nowNanos, double expected) {
        running = true;
        cut = false;
        begunNanos = nowNanos;
        expectedNanos = expected;
    }

    /**
     * The step is over, or its engine is.
     *
     * @param aborted whether it brought nothing; one that was cut as it began may have come to its end all the same
     * @return whether it was cut short for a request
     */
    synchronized boolean stepEnds(long nowNanos, boolean aborted) {
        boolean lost = running && cut && aborted;
        if (running) {
            long took = nowNanos - begunNanos;
            savedNanos = Math.min(MOST_SAVED_NANOS, savedNanos + (lost ? -took : PART * took));
        }
        running = false;
        return lost;
    }

    /** A request has come that the running step should end for. */
    synchronized void ask(long nowNanos) {
        double lost = nowNanos - begunNanos;
        double gained = expectedNanos - lost;
        if (running && !cut && lost <= savedNanos && gained >= Math.max(LEAST_GAIN_NANOS, LEAST_GAIN * lost)) {
            cut = true;
            abort.run();
        }
    }
}
