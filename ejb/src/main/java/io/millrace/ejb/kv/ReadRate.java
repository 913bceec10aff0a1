package io.millrace.ejb.kv;

import java.util.function.LongSupplier;

/** How fast the disk has given files of late. Guarded by the lock of {@link KvStore}, but for its clock. */
final class ReadRate {

    /** Before any file was read, bytes a nanosecond: that of a plain disk. */
    private static final double LIKELY = 0.2;
    private static final double SMOOTHING = 0.2;

    private final LongSupplier clock;
    private double bytesPerNano = LIKELY;

    ReadRate(LongSupplier clock) {
        this.clock = clock;
    }

    /** Nanoseconds; any thread's. */
    long now() {
        return clock.getAsLong();
    }

    void took(long bytes, long nanos) {
        bytesPerNano += SMOOTHING * ((double) bytes / Math.max(1, nanos) - bytesPerNano);
    }

    /** How long so many bytes will probably take, nanoseconds. */
    double nanos(long bytes) {
        return bytes / bytesPerNano;
    }
}
