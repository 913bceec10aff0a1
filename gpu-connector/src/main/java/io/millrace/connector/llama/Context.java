package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * One KV cache with its compute buffers ({@code llama_context}). Used by one thread at a time; the sequences in it are
 * numbered like the slots.
 */
final class Context implements AutoCloseable {

    /** What {@code llama_decode} returns. */
    static final int DONE = 0;
    static final int KV_CACHE_FULL = 1;
    static final int ABORTED = 2;

    private final Library library;
    private final MemorySegment pointer;
    private final MemorySegment memory;
    private final boolean unified;

    private Context(Library library, MemorySegment pointer, boolean unified) {
        this.library = library;
        this.pointer = pointer;
        this.memory = library.getMemory(pointer);
        this.unified = unified;
    }

    /** @throws EngineException OUT_OF_MEMORY or MODEL_UNSUPPORTED, by what the library says */
    static Context create(Model model, EngineSpec spec, int contextTokens, int threads, AbortFlag abort)
            throws EngineException {
        Library library = model.library();
        NativeLog.forget();
        MemorySegment pointer;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = library.contextDefaultParams(arena);
            fill(params, spec, contextTokens, threads);
            params.set(ADDRESS, Abi.ContextParams.ABORT_CALLBACK, abort.callback());
            params.set(ADDRESS, Abi.ContextParams.ABORT_CALLBACK_DATA, abort.data());
            pointer = library.initFromModel(model.pointer(), params);
        }
        if (pointer.equals(MemorySegment.NULL)) {
            String why = NativeLog.takeError("no reason given");
            Code code = why.contains("alloc") ? Code.OUT_OF_MEMORY : Code.MODEL_UNSUPPORTED;
            throw new EngineException(code, "no context of " + contextTokens + " tokens for " + spec.model()
                    + " with a " + spec.kvType() + " KV cache: " + why);
        }
        return checked(new Context(library, pointer, spec.unifiedKv()), spec);
    }

    private static Context checked(Context context, EngineSpec spec) throws EngineException {
        if (context.memory.equals(MemorySegment.NULL)) {
            context.close();
            throw new EngineException(Code.MODEL_UNSUPPORTED, spec.model() + " keeps no KV cache: no text generator");
        }
        return context;
    }

    /** {@code n_ubatch} equals {@code n_batch}: a step is one micro-batch, or none of it is applied. */
    private static void fill(MemorySegment params, EngineSpec spec, int contextTokens, int threads) {
        params.set(JAVA_INT, Abi.ContextParams.N_CTX, contextTokens);
        params.set(JAVA_INT, Abi.ContextParams.N_BATCH, spec.maxStepTokens());
        params.set(JAVA_INT, Abi.ContextParams.N_UBATCH, spec.maxStepTokens());
        params.set(JAVA_INT, Abi.ContextParams.N_SEQ_MAX, spec.allSlots());
        params.set(JAVA_INT, Abi.ContextParams.N_OUTPUTS_MAX, spec.allSlots());
        params.set(JAVA_INT, Abi.ContextParams.N_THREADS, threads);
        params.set(JAVA_INT, Abi.ContextParams.N_THREADS_BATCH, threads);
        params.set(JAVA_INT, Abi.ContextParams.FLASH_ATTN_TYPE, switch (spec.flashAttention()) {
            case AUTO -> -1;
            case OFF -> 0;
            case ON -> 1;
        });
        int type = ggmlType(spec.kvType());
        params.set(JAVA_INT, Abi.ContextParams.TYPE_K, type);
        params.set(JAVA_INT, Abi.ContextParams.TYPE_V, type);
        params.set(JAVA_BOOLEAN, Abi.ContextParams.NO_PERF, true);
        params.set(JAVA_BOOLEAN, Abi.ContextParams.KV_UNIFIED, spec.unifiedKv());
    }

    private static int ggmlType(EngineSpec.KvType type) {
        return switch (type) {
            case F32 -> 0;
            case F16 -> 1;
            case Q8_0 -> 8;
            case BF16 -> 30;
        };
    }

    /** KV cells of all slots together. */
    int tokens() {
        return library.nCtx(pointer);
    }

    /** Most cells that one sequence can take. */
    int slotTokens() {
        return library.nCtxSeq(pointer);
    }

    boolean canShift() {
        return library.memoryCanShift(memory);
    }

    /** {@link #DONE}, {@link #KV_CACHE_FULL}, {@link #ABORTED}, or negative for a fatal error. */
    int decode(Batch batch) {
        int result = library.decode(pointer, batch.struct());
        if (result == DONE) {
            library.synchronize(pointer);
        }
        return result;
    }

    /** Copies the logits of one row of the last batch. */
    void logits(int row, float[] target) {
        MemorySegment source = library.getLogitsIth(pointer, row);
        if (source.equals(MemorySegment.NULL)) {
            throw new IllegalStateException("no logits in row " + row);
        }
        long bytes = JAVA_FLOAT.byteSize() * target.length;
        MemorySegment.copy(source.reinterpret(bytes), JAVA_FLOAT, 0, target, 0, target.length);
    }

    /** Positions that a sequence holds. */
    int length(int sequence) {
        return library.memorySeqPosMax(memory, sequence) + 1;
    }

    /** Removes the positions from {@code tokens} on; false when this model's memory can't be cut there. */
    boolean cut(int sequence, int tokens) {
        return library.memorySeqRm(memory, sequence, tokens);
    }

    /** Frees the cells of a whole sequence, which every memory can. */
    void clear(int sequence) {
        library.memorySeqRm(memory, sequence, -1);
    }

    /** Zeroes all cells; no sequence may be in them. */
    void wipe() {
        library.memoryClear(memory);
    }

    /**
     * Makes the empty {@code target} begin as {@code source} does. With a unified cache the cells are shared. Without,
     * they are copied through memory: {@code llama_memory_seq_cp} would copy between two sequences' own caches only at
     * the next decode, and whatever happened to the source in between would be copied with it.
     *
     * @return false when this model's memory can't do it
     */
    boolean share(int source, int target, int tokens) {
        if (unified) {
            library.memorySeqCp(memory, source, target, tokens);
            return true;
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = arena.allocate(stateBytes(source), Long.BYTES);
            return copyState(source, state) && restore(target, state) && cut(target, tokens);
        }
    }

    /** Length of the library's own bytes of one sequence. */
    long stateBytes(int sequence) {
        return library.stateSeqGetSize(pointer, sequence);
    }

    /** Copies the library's own bytes of one sequence, {@link #stateBytes}, out; false when they can't be had. */
    boolean copyState(int sequence, MemorySegment target) {
        NativeLog.forget();
        return library.stateSeqGetData(pointer, target, sequence) == target.byteSize();
    }

    /** Fills an empty sequence from such bytes; false when they don't fit this context. */
    boolean restore(int sequence, MemorySegment state) {
        NativeLog.forget();
        return library.stateSeqSetData(pointer, state, sequence) > 0;
    }

    @Override public void close() {
        library.free(pointer);
    }
}
