package io.millrace.ejb.quota;

import java.time.Instant;

/**
 * A point in time, on both clocks.
 *
 * @param nanos   {@link System#nanoTime} scale, for what is measured
 * @param instant for the day that it lies in
 */
public record Moment(long nanos, Instant instant) {

    private static final long SECONDS_A_DAY = 86_400;

    /** The UTC day, counted from 1970. */
    long day() {
        return Math.floorDiv(instant.getEpochSecond(), SECONDS_A_DAY);
    }

    /** Whole seconds until the next UTC day, rounded up; 1 to 86400. */
    int secondsLeftInDay() {
        return (int) (SECONDS_A_DAY - Math.floorMod(instant.getEpochSecond(), SECONDS_A_DAY));
    }
}
