package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.gguf.GgufFile;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Set;
import java.util.stream.Stream;

/** What an engine chooses by itself where the spec leaves it open. Immutable. */
record Sizing(int contextTokens, int threads) {

    /** Below this a step is too short for a second thread: waking and joining it costs more than it computes. */
    private static final long SMALL_WEIGHTS = 50L << 20;

    /** A KV cache of this size is nothing to think about. */
    private static final long CHEAP_CACHE = 256L << 20;

    /** Context of a file that names none. */
    private static final int USUAL_CONTEXT = 4096;

    static Sizing of(GgufFile file, EngineSpec spec) throws EngineException {
        int context = contextTokens(file, spec);
        long needed = file.workingBytes(spec, context);
        long free = Memory.available();
        if (spec.gpuLayers() == 0 && needed > free) {
            throw new EngineException(Code.OUT_OF_MEMORY, "a KV cache of " + context + " tokens for " + file.path()
                    + " and its buffers need about " + (needed >> 20) + " MiB, " + (free >> 20)
                    + " MiB are available: choose a smaller context or fewer tokens a step");
        }
        return new Sizing(context, spec.threads() > 0 ? spec.threads() : ownThreads(file.weightBytes()));
    }

    /** The trained context for one sequence, as much for each slot where that is cheap; within the machine's memory. */
    static int contextTokens(GgufFile file, EngineSpec spec) {
        if (spec.contextTokens() > 0) {
            return spec.contextTokens();
        }
        long trained = file.contextLength() > 0 ? file.contextLength() : USUAL_CONTEXT;
        long cellBytes = Math.max(1, file.kvBytesPerToken(spec.kvType()));
        long one = Math.min(trained, Memory.total() / 4 / cellBytes);
        long forEachSlot = Math.min(trained * spec.slots(), CHEAP_CACHE / cellBytes);
        return (int) Math.max(256, Math.max(one, forEachSlot));
    }

    static long availableBytes() {
        return Memory.available();
    }

    static int ownThreads(long weightBytes) {
        return weightBytes < SMALL_WEIGHTS ? 1 : Processors.physical();
    }

    /** Of the machine, or of the container around this process where that has less. */
    private static final class Memory {

        static long total() {
            return ManagementFactory.getOperatingSystemMXBean() instanceof com.sun.management.OperatingSystemMXBean os
                    ? os.getTotalMemorySize() : Runtime.getRuntime().maxMemory();
        }

        /** Linux' MemAvailable: free, or held by caches that give way. */
        static long available() {
            try (Stream<String> lines = Files.lines(Path.of("/proc/meminfo"))) {
                long available = lines.filter(line -> line.startsWith("MemAvailable:"))
                        .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) << 10)
                        .findFirst().orElse(total());
                return Math.min(available, total());
            } catch (IOException | NumberFormatException _) {
                return total();
            }
        }
    }

    private static final class Processors {

        /** Cores, not their hyperthreads, as far as Linux tells; never more than this process may use. */
        static int physical() {
            int available = Runtime.getRuntime().availableProcessors();
            Set<String> cores = new HashSet<>();
            for (int cpu = 0; cpu < available; cpu++) {
                try {
                    cores.add(Files.readString(Path.of(
                            "/sys/devices/system/cpu/cpu" + cpu + "/topology/thread_siblings_list")).strip());
                } catch (IOException _) {
                    return available;
                }
            }
            return Math.max(1, Math.min(available, cores.size()));
        }
    }
}
