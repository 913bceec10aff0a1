package io.millrace.launcher;

import io.millrace.launcher.download.Watcher;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Locale;
import java.util.function.LongSupplier;

/** How far a download is, how fast it is and how long it will take. Used by one thread. */
final class DownloadProgress implements Watcher {

    private static final double MEGABYTE = 1e6;
    private static final long SECOND_NANOS = 1_000_000_000L;
    /** The speed is that of so many last seconds. */
    private static final int WINDOW_SECONDS = 10;

    private record Sample(long nanos, long bytes) {}

    private final ProgressLine line;
    private final LongSupplier nanoTime;
    private final Deque<Sample> samples = new ArrayDeque<>();

    DownloadProgress(ProgressLine line, LongSupplier nanoTime) {
        this.line = line;
        this.nanoTime = nanoTime;
    }

    @Override
    public void tell(String sentence) {
        samples.clear();
        line.tell(sentence);
    }

    @Override
    public void at(long bytes, long total) {
        long now = nanoTime.getAsLong();
        if (samples.isEmpty() || now - samples.getLast().nanos >= SECOND_NANOS) {
            samples.addLast(new Sample(now, bytes));
            if (samples.size() > WINDOW_SECONDS) {
                samples.removeFirst();
            }
        }
        line.show(() -> text(bytes, total, speed(now, bytes)));
    }

    /** Bytes a second; 0 when that can't be said yet. */
    private double speed(long now, long bytes) {
        Sample first = samples.getFirst();
        return now > first.nanos ? (bytes - first.bytes) * (double) SECOND_NANOS / (now - first.nanos) : 0;
    }

    private static String text(long bytes, long total, double speed) {
        String fetched = total > 0 ? String.format(Locale.ROOT, "%3d %%, %,.1f of %,.1f MB", bytes * 100 / total, bytes / MEGABYTE, total / MEGABYTE)
                : String.format(Locale.ROOT, "%,.1f MB", bytes / MEGABYTE);
        String fast = speed > 0 ? String.format(Locale.ROOT, ", %.1f MB/s", speed / MEGABYTE) : "";
        return fetched + fast + (total > 0 && speed > 0 ? ", " + time((long) Math.ceil((total - bytes) / speed)) + " left" : "");
    }

    private static String time(long seconds) {
        if (seconds < 60) {
            return seconds + " s";
        }
        return seconds < 3600 ? "%d min %02d s".formatted(seconds / 60, seconds % 60) : "%d h %02d min".formatted(seconds / 3600, seconds / 60 % 60);
    }
}
