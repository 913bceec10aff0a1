package io.millrace.ejb.audit;

import java.time.Duration;

/** The clock and the waits on it: the machine's, or those of a simulation. */
interface Time {
    /** As {@link System#nanoTime}. */
    long nanos();

    void sleep(Duration duration) throws InterruptedException;

    /** The machine's. */
    Time REAL = new Time() {
        @Override
        public long nanos() {
            return System.nanoTime();
        }

        @Override
        public void sleep(Duration duration) throws InterruptedException {
            Thread.sleep(duration);
        }
    };
}
