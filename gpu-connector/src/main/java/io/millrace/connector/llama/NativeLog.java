package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.lang.foreign.AddressLayout;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.util.List;
import java.util.function.Consumer;

/**
 * Where the library's log lines go ({@code llama_log_set}): warnings and errors to our log, its chatter to DEBUG, its
 * own debug lines nowhere, because those can hold pieces of a prompt. Thread-safe.
 */
final class NativeLog {

    private static final Logger LOG = System.getLogger("io.millrace.connector.llama");

    /** {@code ggml_log_level}. */
    private static final int INFO = 2;
    private static final int WARN = 3;
    private static final int ERROR = 4;

    /** What the library adds when it has said before why. */
    private static final String NO_REASON = "failed to load model";

    /** The last error of the calling thread; the library logs on the thread that called it. */
    private static final ThreadLocal<String> LAST_ERROR = new ThreadLocal<>();

    /** Who follows what the calling thread makes the library say; null for nobody. */
    private static final ThreadLocal<Consumer<String>> FOLLOWER = new ThreadLocal<>();

    private static final List<String> TOLD_BY_RESULT =
            List.of("decode: ", "llama_decode: ", "graph_compute: ", "process_ubatch: ");

    private NativeLog() {}

    /** A C function pointer of type {@code ggml_log_callback}, alive as long as the process. */
    static MemorySegment callback() {
        AddressLayout text = ADDRESS.withTargetLayout(MemoryLayout.sequenceLayout(Long.MAX_VALUE, JAVA_BYTE));
        try {
            MethodHandle receive = MethodHandles.lookup().findStatic(NativeLog.class, "receive",
                    MethodType.methodType(void.class, int.class, MemorySegment.class, MemorySegment.class));
            return Calls.LINKER.upcallStub(receive, FunctionDescriptor.ofVoid(JAVA_INT, text, ADDRESS), Arena.global());
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException("the method is below", e);
        }
    }

    /** Called by the library. An exception that left this method would end the JVM. */
    @SuppressWarnings("unused")
    private static void receive(int level, MemorySegment text, MemorySegment user) {
        try {
            if (level >= INFO && level <= ERROR) {
                write(level, text.getString(0).strip());
            }
        } catch (Throwable _) {
            // a line of log is not worth the process
        }
    }

    /** Of a decode that was aborted or found no room we are told by its return value; it is no event for a log. */
    private static void write(int level, String line) {
        Consumer<String> follower = FOLLOWER.get();
        if (follower != null) {
            follower.accept(line);
        }
        // the line before this one says why
        boolean says = !line.endsWith(NO_REASON) || LAST_ERROR.get() == null;
        if (level == ERROR && says) {
            LAST_ERROR.set(line);
        }
        boolean told = follower != null || TOLD_BY_RESULT.stream().anyMatch(line::startsWith);
        LOG.log(told || level == INFO ? Level.DEBUG : level == WARN ? Level.WARNING : Level.ERROR, line);
    }

    /** Hands every line that {@code action} makes the library log on this thread to {@code follower}; our log gets DEBUG. */
    static void following(Consumer<String> follower, Runnable action) {
        FOLLOWER.set(follower);
        try {
            action.run();
        } finally {
            FOLLOWER.remove();
        }
    }

    /** Drops what {@link #takeError} would return. */
    static void forget() {
        LAST_ERROR.remove();
    }

    /** The last error that the library logged on this thread since {@link #forget}, or {@code otherwise}. */
    static String takeError(String otherwise) {
        String error = LAST_ERROR.get();
        LAST_ERROR.remove();
        return error == null ? otherwise : error;
    }
}
