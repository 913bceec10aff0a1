package io.millrace.ejb.batch;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * Cuts short a step that takes too long. Runs on a thread of its own until it is ended; the batch thread tells it when a
 * step begins and ends, at the cost of two volatile writes.
 */
final class StepWatch implements Runnable {

    private static final Logger LOG = Logger.getLogger(StepWatch.class.getName());
    private static final long LONGEST_NAP = Duration.ofSeconds(1).toNanos();

    private final long patienceNanos;
    private final Runnable abort;
    private volatile long begun;
    private volatile boolean inStep;
    private volatile boolean cutShort;
    private volatile boolean stopping;
    private volatile boolean ended;

    /** @param abort ends the step that is running; returns at once */
    StepWatch(Duration patience, Runnable abort) {
        this.patienceNanos = patience.toNanos();
        this.abort = abort;
    }

    void stepBegins(long nowNanos) {
        begun = nowNanos;
        cutShort = false;
        inStep = true;
    }

    /** Whether the step that ends was cut short. */
    boolean stepEnds() {
        inStep = false;
        return cutShort;
    }

    /** From now on every step is cut short: one that began while {@code abort} was called did not hear of it. */
    void stop() {
        stopping = true;
    }

    void end() {
        ended = true;
    }

    @Override
    public void run() {
        long nap = Math.min(LONGEST_NAP, Math.max(1, patienceNanos / 4));
        while (!ended) {
            LockSupport.parkNanos(this, nap);
            if (inStep && stopping) {
                abort.run();
            } else if (inStep && System.nanoTime() - begun > patienceNanos) {
                LOG.log(Level.WARNING, "A step has taken more than {0} ms and is cut short", patienceNanos / 1_000_000);
                cutShort = true;
                abort.run();
            }
        }
    }
}
