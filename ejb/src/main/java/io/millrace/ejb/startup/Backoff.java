package io.millrace.ejb.startup;

import java.time.Duration;

/** Waits between attempts that double up to a bound. Owned by the thread that attempts. */
public final class Backoff {
    private final Duration first;
    private final Duration most;
    private Duration next;

    public Backoff(Duration first, Duration most) {
        this.first = first;
        this.most = most;
        this.next = first;
    }

    /** How long to wait now. */
    public Duration next() {
        Duration now = next;
        next = now.multipliedBy(2).compareTo(most) < 0 ? now.multipliedBy(2) : most;
        return now;
    }

    /** After a success: the next wait is the first one again. */
    public void reset() {
        next = first;
    }
}
