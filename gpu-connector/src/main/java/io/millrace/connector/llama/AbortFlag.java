package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;

/**
 * Lets any thread end a running {@code llama_decode}. Thread-safe.
 *
 * <p>The library asks a callback {@code bool f(void *)} before each node of its graph, hundreds of times a step. Ours
 * is the C library's {@code strlen} on two bytes: 0 for {@code "\0\0"}, 1 for {@code "\1\0"}. So asking costs no call
 * into Java and can't wait for a garbage collection.
 */
final class AbortFlag {

    private static final VarHandle BYTE = ValueLayout.JAVA_BYTE.varHandle();

    /** A whole cache line, so that the compute threads' reads don't fight with other writes. */
    private static final long LINE = 64;

    private final MemorySegment flag;

    AbortFlag(Arena arena) {
        flag = arena.allocate(LINE, LINE);
    }

    MemorySegment callback() {
        return Library.strlen();
    }

    MemorySegment data() {
        return flag;
    }

    void raise() {
        BYTE.setVolatile(flag, 0L, (byte) 1);
    }

    void lower() {
        BYTE.setVolatile(flag, 0L, (byte) 0);
    }

    boolean isRaised() {
        return flag.get(JAVA_BYTE, 0) != 0;
    }
}
