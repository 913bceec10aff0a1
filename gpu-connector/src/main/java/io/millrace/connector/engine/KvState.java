package io.millrace.connector.engine;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.concurrent.atomic.AtomicLong;

/**
 * The bytes of a KV snapshot, beside the heap: as large as they are, they would fill it. They have one owner at a time, who closes
 * them once; that and everything else may be done on any thread, one after the other.
 */
public final class KvState implements AutoCloseable {

    private static final AtomicLong IN_USE = new AtomicLong();

    private final Arena arena = Arena.ofShared();
    private final MemorySegment segment;
    private Runnable closed = () -> { };

    /**
     * Zeros.
     *
     * @throws OutOfMemoryError where the machine has no memory for them
     */
    public KvState(long bytes) {
        try {
            segment = arena.allocate(bytes, Long.BYTES);
        } catch (OutOfMemoryError e) {
            arena.close();
            throw e;
        }
        IN_USE.addAndGet(bytes);
    }

    /** Bytes of all that are not closed. */
    public static long inUse() {
        return IN_USE.get();
    }

    /** What shall be done when it is closed; to be said by its owner, once. */
    public void whenClosed(Runnable then) {
        closed = then;
    }

    /** Length, bytes. */
    public long bytes() {
        return segment.byteSize();
    }

    /** All of it, for native code. */
    public MemorySegment segment() {
        return segment;
    }

    /** A view, big-endian. */
    public ByteBuffer part(long from, int length) {
        return segment.asSlice(from, length).asByteBuffer();
    }

    /** @throws IllegalStateException when it is closed already */
    @Override
    public void close() {
        arena.close();
        IN_USE.addAndGet(-bytes());
        closed.run();
    }
}
