package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.invoke.MethodHandle;

/**
 * Calls of C functions, one method for each signature. A name reads: result, then arguments; v is void, p a pointer, i
 * a 32-bit and l a 64-bit integer, z a bool; structures passed by value are written out. The first argument
 * is always the function itself.
 *
 * <p>The handles are static and take the function's address at the call, so the JIT compiles them as constants although
 * the library is found only at run time. Thread-safe.
 */
final class Calls {

    static final Linker LINKER = Linker.nativeLinker();

    private static final MethodHandle V = handle(FunctionDescriptor.ofVoid());
    private static final MethodHandle V_P = handle(FunctionDescriptor.ofVoid(ADDRESS));
    private static final MethodHandle V_PP = handle(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
    private static final MethodHandle V_PI = handle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
    private static final MethodHandle V_PZ = handle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_BOOLEAN));
    private static final MethodHandle V_PIIII =
            handle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle P = handle(FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle P_P = handle(FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle P_I = handle(FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle P_PI = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle P_PP = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle P_PPP = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle P_P_MODEL = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, Abi.MODEL_PARAMS));
    private static final MethodHandle P_P_CONTEXT = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, Abi.CONTEXT_PARAMS));
    private static final MethodHandle I_P = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle I_PPP = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle I_PI = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle I_P_BATCH = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, Abi.BATCH));
    private static final MethodHandle I_PIPIIZ =
            handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_BOOLEAN));
    private static final MethodHandle I_PPIPIZZ =
            handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_BOOLEAN,
                    JAVA_BOOLEAN));
    private static final MethodHandle I_PPLZPI =
            handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_LONG, JAVA_BOOLEAN, ADDRESS, JAVA_INT));
    private static final MethodHandle L_P = handle(FunctionDescriptor.of(JAVA_LONG, ADDRESS));
    private static final MethodHandle L_PI = handle(FunctionDescriptor.of(JAVA_LONG, ADDRESS, JAVA_INT));
    private static final MethodHandle L_PPLI =
            handle(FunctionDescriptor.of(JAVA_LONG, ADDRESS, ADDRESS, JAVA_LONG, JAVA_INT));
    private static final MethodHandle Z_P = handle(FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS));
    private static final MethodHandle Z_PI = handle(FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT));
    private static final MethodHandle Z_PIII =
            handle(FunctionDescriptor.of(JAVA_BOOLEAN, ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle ROOMY = handle(FunctionDescriptor.of(Abi.ROOMY));

    private Calls() {}

    private static MethodHandle handle(FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(descriptor);
    }

    /** C functions throw nothing: what comes here is an error of the JVM or of the arguments. */
    private static IllegalStateException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        return e instanceof IllegalStateException state ? state : new IllegalStateException(e);
    }

    /** Calls a function that returns a structure by value, into {@code target} of {@link Abi#ROOMY}. */
    static void structure(MemorySegment function, MemorySegment target) {
        try {
            MemorySegment _ = (MemorySegment) ROOMY.invokeExact(function, (SegmentAllocator) (_, _) -> target);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    /** The C string at {@code pointer}; empty for NULL. */
    static String text(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL) ? "" : pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }

    static void v(MemorySegment function) {
        try {
            V.invokeExact(function);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void vP(MemorySegment function, MemorySegment a) {
        try {
            V_P.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void vPP(MemorySegment function, MemorySegment a, MemorySegment b) {
        try {
            V_PP.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void vPI(MemorySegment function, MemorySegment a, int b) {
        try {
            V_PI.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void vPZ(MemorySegment function, MemorySegment a, boolean b) {
        try {
            V_PZ.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static void vPIIII(MemorySegment function, MemorySegment a, int b, int c, int d, int e) {
        try {
            V_PIIII.invokeExact(function, a, b, c, d, e);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment p(MemorySegment function) {
        try {
            return (MemorySegment) P.invokeExact(function);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pP(MemorySegment function, MemorySegment a) {
        try {
            return (MemorySegment) P_P.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pI(MemorySegment function, int a) {
        try {
            return (MemorySegment) P_I.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pPI(MemorySegment function, MemorySegment a, int b) {
        try {
            return (MemorySegment) P_PI.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pPP(MemorySegment function, MemorySegment a, MemorySegment b) {
        try {
            return (MemorySegment) P_PP.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pPPP(MemorySegment function, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            return (MemorySegment) P_PPP.invokeExact(function, a, b, c);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pPModel(MemorySegment function, MemorySegment a, MemorySegment b) {
        try {
            return (MemorySegment) P_P_MODEL.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static MemorySegment pPContext(MemorySegment function, MemorySegment a, MemorySegment b) {
        try {
            return (MemorySegment) P_P_CONTEXT.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iP(MemorySegment function, MemorySegment a) {
        try {
            return (int) I_P.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPPP(MemorySegment function, MemorySegment a, MemorySegment b, MemorySegment c) {
        try {
            return (int) I_PPP.invokeExact(function, a, b, c);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPI(MemorySegment function, MemorySegment a, int b) {
        try {
            return (int) I_PI.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPBatch(MemorySegment function, MemorySegment a, MemorySegment b) {
        try {
            return (int) I_P_BATCH.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPIPIIZ(MemorySegment function, MemorySegment a, int b, MemorySegment c, int d, int e, boolean f) {
        try {
            return (int) I_PIPIIZ.invokeExact(function, a, b, c, d, e, f);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPPIPIZZ(MemorySegment function, MemorySegment a, MemorySegment b, int c, MemorySegment d, int e,
            boolean f, boolean g) {
        try {
            return (int) I_PPIPIZZ.invokeExact(function, a, b, c, d, e, f, g);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static int iPPLZPI(MemorySegment function, MemorySegment a, MemorySegment b, long c, boolean d, MemorySegment e,
            int f) {
        try {
            return (int) I_PPLZPI.invokeExact(function, a, b, c, d, e, f);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long lP(MemorySegment function, MemorySegment a) {
        try {
            return (long) L_P.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long lPI(MemorySegment function, MemorySegment a, int b) {
        try {
            return (long) L_PI.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static long lPPLI(MemorySegment function, MemorySegment a, MemorySegment b, long c, int d) {
        try {
            return (long) L_PPLI.invokeExact(function, a, b, c, d);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static boolean zP(MemorySegment function, MemorySegment a) {
        try {
            return (boolean) Z_P.invokeExact(function, a);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static boolean zPI(MemorySegment function, MemorySegment a, int b) {
        try {
            return (boolean) Z_PI.invokeExact(function, a, b);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }

    static boolean zPIII(MemorySegment function, MemorySegment a, int b, int c, int d) {
        try {
            return (boolean) Z_PIII.invokeExact(function, a, b, c, d);
        } catch (Throwable thrown) {
            throw unexpected(thrown);
        }
    }
}
