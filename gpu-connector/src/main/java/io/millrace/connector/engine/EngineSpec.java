package io.millrace.connector.engine;

import java.nio.file.Path;
import java.util.Objects;

/**
 * Which engine a connection is wanted to. Two specs that are equal may share one pooled connection, one after the
 * other.
 *
 * @param kind           which implementation
 * @param natives        folder that holds the native library ({@link Kind#LLAMA} only)
 * @param model          the GGUF file ({@link Kind#LLAMA}), or a name that seeds the {@link Kind#SIMULATED} engine
 * @param contextTokens  cells of the KV cache, shared by all slots; 0: the adapter chooses by the model and the memory
 * @param slots          sequences that are computed, at least 1
 * @param idleSlots      further sequences that can hold KV cells meanwhile; with {@code slots} at most 256 (llama.cpp's
 *                       {@code n_seq_max} limit)
 * @param maxStepTokens  tokens that one step may put through the model ({@code n_batch} and {@code n_ubatch}, so that
 *                       a step is one micro-batch and therefore atomic)
 * @param threads        compute threads; 0: the adapter chooses from the processors it sees
 * @param kvType         number format of the KV cache
 * @param unifiedKv      one pool of cells for all slots (true) or an equal share for each (false)
 * @param flashAttention fused attention kernel
 * @param gpuLayers      layers kept on the GPU; negative: as many as fit, 0: none
 */
public record EngineSpec(Kind kind, Path natives, Path model, int contextTokens, int slots, int idleSlots,
                         int maxStepTokens, int threads, KvType kvType, boolean unifiedKv, Toggle flashAttention,
                         int gpuLayers) {

    /** {@code LLAMA_MAX_SEQ}. */
    public static final int MOST_SLOTS = 256;

    /** The implementations behind the boundary. */
    public enum Kind { LLAMA, SIMULATED }

    /** Number format of the KV cache, the names of {@code ggml_type}. */
    public enum KvType { F16, BF16, F32, Q8_0 }

    /** A switch that the engine may set by itself. */
    public enum Toggle { AUTO, ON, OFF }

    public EngineSpec {
        Objects.requireNonNull(kind, "kind");
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(kvType, "kvType");
        Objects.requireNonNull(flashAttention, "flashAttention");
        require(contextTokens >= 0, "contextTokens must not be negative: " + contextTokens);
        require(slots >= 1 && idleSlots >= 0 && slots + idleSlots <= MOST_SLOTS, "slots must be 1 to " + MOST_SLOTS
                + ": " + slots + " and " + idleSlots + " idle ones");
        require(maxStepTokens >= slots, "maxStepTokens must be at least the number of slots (" + slots + "): "
                + maxStepTokens);
        require(threads >= 0, "threads must not be negative: " + threads);
    }

    /** Without idle slots. */
    public EngineSpec(Kind kind, Path natives, Path model, int contextTokens, int slots, int maxStepTokens, int threads,
                      KvType kvType, boolean unifiedKv, Toggle flashAttention, int gpuLayers) {
        this(kind, natives, model, contextTokens, slots, 0, maxStepTokens, threads, kvType, unifiedKv, flashAttention,
                gpuLayers);
    }

    /** The same engine with another number format in so many KV cells. */
    public EngineSpec with(KvType other, int cells) {
        return new EngineSpec(kind, natives, model, cells, slots, idleSlots, maxStepTokens, threads, other, unifiedKv,
                flashAttention, gpuLayers);
    }

    /** Sequences that can live at once. */
    public int allSlots() {
        return slots + idleSlots;
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
