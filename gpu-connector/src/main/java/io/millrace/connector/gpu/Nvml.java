package io.millrace.connector.gpu;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.util.Optional;

/** How busy a GPU is: {@code nvmlDeviceGetUtilizationRates}, which JCuda has no binding for. Thread-safe. */
final class Nvml {

    private static final String LIBRARY = "libnvidia-ml.so.1";
    private static final int UTILISATION_BYTES = 8;

    private Nvml() {}

    /** Percent of the last sample period in which a kernel ran; empty without NVML or when it refuses. */
    static Optional<Integer> utilisation(int index) {
        try (Arena arena = Arena.ofConfined()) {
            SymbolLookup library = SymbolLookup.libraryLookup(LIBRARY, arena);
            if (call(library, "nvmlInit_v2", FunctionDescriptor.of(JAVA_INT)) != 0) {
                return Optional.empty();
            }
            MemorySegment handle = arena.allocate(ADDRESS);
            MemorySegment rates = arena.allocate(UTILISATION_BYTES, Integer.BYTES);
            boolean known = call(library, "nvmlDeviceGetHandleByIndex_v2",
                    FunctionDescriptor.of(JAVA_INT, JAVA_INT, ADDRESS), index, handle) == 0
                    && call(library, "nvmlDeviceGetUtilizationRates", FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS),
                            handle.get(ADDRESS, 0), rates) == 0;
            return known ? Optional.of(rates.get(JAVA_INT, 0)) : Optional.empty();
        } catch (IllegalArgumentException e) {
            return Optional.empty();    // libraryLookup: the library is not there
        }
    }

    private static int call(SymbolLookup library, String name, FunctionDescriptor type, Object... arguments) {
        try {
            return (int) Linker.nativeLinker().downcallHandle(library.findOrThrow(name), type)
                    .invokeWithArguments(arguments);
        } catch (Throwable e) {
            throw new IllegalStateException("NVML call " + name + " failed", e);
        }
    }
}
