package io.millrace.launcher.download;

import java.time.Duration;
import java.util.function.LongSupplier;

/**
 * What bounds a download.
 *
 * @param stall      how long no byte may come
 * @param attempts   in a row that bring less than 1 MiB more
 * @param firstPause before the second attempt; doubles from one to the next, up to 30 s
 * @param free       bytes that are free where the file goes
 * @param reserve    bytes that must stay free
 */
public record Limits(Duration stall, int attempts, Duration firstPause, LongSupplier free, long reserve) {

    /** Pause before the second attempt. */
    public static final Duration USUAL_PAUSE = Duration.ofSeconds(1);
}
