package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import java.lang.foreign.Arena;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/**
 * llama.cpp's C library, version {@link Abi#VERSION}: the only class that names C symbols. One method for each function
 * of {@code llama.h} in use, named as there. Thread-safe as far as the C functions are.
 */
final class Library {

    /** {@code GGML_BACKEND_DEVICE_TYPE_*}. */
    static final int DEVICE_CPU = 0;
    static final int DEVICE_GPU = 1;

    private static Library loaded;
    /** Why this process can't load a library any more; native code can't be unloaded safely. */
    private static EngineException spoilt;

    private final Path folder;
    private final SymbolLookup symbols;
    private final MemorySegment decode;
    private final MemorySegment synchronize;
    private final MemorySegment getLogitsIth;
    private final MemorySegment vocabIsEog;
    private final MemorySegment vocabGetAttr;
    private final MemorySegment tokenize;
    private final MemorySegment tokenToPiece;
    private final MemorySegment samplerAccept;
    private final MemorySegment samplerApply;

    private Library(Path folder, SymbolLookup symbols) {
        this.folder = folder;
        this.symbols = symbols;
        decode = symbol("llama_decode");
        synchronize = symbol("llama_synchronize");
        getLogitsIth = symbol("llama_get_logits_ith");
        vocabIsEog = symbol("llama_vocab_is_eog");
        vocabGetAttr = symbol("llama_vocab_get_attr");
        tokenize = symbol("llama_tokenize");
        tokenToPiece = symbol("llama_token_to_piece");
        samplerAccept = symbol("llama_sampler_accept");
        samplerApply = symbol("llama_sampler_apply");
    }

    /**
     * The library in {@code folder}, loaded by the first call and then shared by the whole process.
     *
     * @throws EngineException with code NATIVE_LIBRARY when it is missing or damaged, is not version
     *         {@link Abi#VERSION}, or when the process has already loaded another copy
     */
    static synchronized Library open(Path folder) throws EngineException {
        LibraryFile file = LibraryFile.in(folder);
        if (loaded != null && !loaded.folder.equals(file.folder())) {
            throw refused("this process has loaded the library from " + loaded.folder
                    + " and can't load another copy from " + file.folder() + ": restart to change folders");
        }
        if (loaded == null) {
            file.requireFit();
            loaded = load(file);
        }
        return loaded;
    }

    private static Library load(LibraryFile file) throws EngineException {
        if (spoilt != null) {
            throw spoilt;
        }
        try {
            Library library = new Library(file.folder(), SymbolLookup.libraryLookup(file.path(), Arena.global()));
            library.requireVersion();
            library.start();
            return library;
        } catch (IllegalArgumentException | NoSuchElementException e) {
            throw new EngineException(Code.NATIVE_LIBRARY, file.path() + " can't be loaded: " + e.getMessage(), e);
        } catch (EngineException e) {
            spoilt = e;
            throw e;
        }
    }

    private void requireVersion() throws EngineException {
        String version = Calls.text(Calls.p(symbol("llama_version")));
        if (!version.equals(Abi.VERSION)) {
            throw refused(folder + " holds llama.cpp " + version + ", this adapter needs " + Abi.VERSION);
        }
        requireDefaults("llama_model_default_params", Abi.DEFAULT_MODEL_PARAMS);
        requireDefaults("llama_context_default_params", Abi.DEFAULT_CONTEXT_PARAMS);
        requireDefaults("llama_model_quantize_default_params", Abi.DEFAULT_QUANTIZE_PARAMS);
    }

    private void requireDefaults(String function, String pinned) throws EngineException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(Abi.ROOMY).fill(Abi.UNTOUCHED);
            Calls.structure(symbol(function), written);
            String difference = Abi.difference(written, pinned);
            if (difference != null) {
                throw refused("the library in " + folder + " is not the one that this adapter was built for: in what "
                        + function + " returns, " + difference);
            }
        }
    }

    /** A second adapter in one process, say after a redeployment, finds the CPU's kernels loaded already. */
    private void start() throws EngineException {
        Calls.vPP(symbol("llama_log_set"), NativeLog.callback(), MemorySegment.NULL);
        if (device(DEVICE_CPU).equals(MemorySegment.NULL)) {
            try (Arena arena = Arena.ofConfined()) {
                Calls.vP(symbol("ggml_backend_load_all_from_path"), arena.allocateFrom(folder.toString()));
            }
        }
        if (device(DEVICE_CPU).equals(MemorySegment.NULL)) {
            throw refused("no CPU backend (libggml-cpu-*) for this machine in " + folder);
        }
        Calls.v(symbol("llama_backend_init"));
    }

    private static EngineException refused(String message) {
        return new EngineException(Code.NATIVE_LIBRARY, message);
    }

    private MemorySegment symbol(String name) {
        return symbols.findOrThrow(name);
    }

    /** A C function {@code size_t strlen(const char *)}; see {@link AbortFlag}. */
    static MemorySegment strlen() {
        return Calls.LINKER.defaultLookup().findOrThrow("strlen");
    }

    MemorySegment modelDefaultParams(SegmentAllocator allocator) {
        return defaults("llama_model_default_params", allocator, Abi.MODEL_PARAMS);
    }

    MemorySegment contextDefaultParams(SegmentAllocator allocator) {
        return defaults("llama_context_default_params", allocator, Abi.CONTEXT_PARAMS);
    }

    MemorySegment modelQuantizeDefaultParams(SegmentAllocator allocator) {
        return defaults("llama_model_quantize_default_params", allocator, Abi.QUANTIZE_PARAMS);
    }

    private MemorySegment defaults(String function, SegmentAllocator allocator, MemoryLayout layout) {
        MemorySegment roomy = allocator.allocate(Abi.ROOMY);
        Calls.structure(symbol(function), roomy);
        return roomy.asSlice(0, layout.byteSize());
    }

    // ---- devices ----------------------------------------------------------------------------------------------------

    /** The first device of a type, or NULL. */
    MemorySegment device(int type) {
        return Calls.pI(symbol("ggml_backend_dev_by_type"), type);
    }

    String deviceDescription(MemorySegment device) {
        return Calls.text(Calls.pP(symbol("ggml_backend_dev_description"), device));
    }

    // ---- model ------------------------------------------------------------------------------------------------------

    /** NULL when the file can't be loaded; {@link NativeLog} knows why. */
    MemorySegment modelLoadFromFile(MemorySegment path, MemorySegment params) {
        return Calls.pPModel(symbol("llama_model_load_from_file"), path, params);
    }

    /** 0 when it worked; else {@link NativeLog} knows why. */
    int modelQuantize(MemorySegment from, MemorySegment to, MemorySegment params) {
        return Calls.iPPP(symbol("llama_model_quantize"), from, to, params);
    }

    void modelFree(MemorySegment model) {
        Calls.vP(symbol("llama_model_free"), model);
    }

    MemorySegment modelGetVocab(MemorySegment model) {
        return Calls.pP(symbol("llama_model_get_vocab"), model);
    }

    int modelNCtxTrain(MemorySegment model) {
        return Calls.iP(symbol("llama_model_n_ctx_train"), model);
    }

    long modelSize(MemorySegment model) {
        return Calls.lP(symbol("llama_model_size"), model);
    }

    long modelNParams(MemorySegment model) {
        return Calls.lP(symbol("llama_model_n_params"), model);
    }

    boolean modelHasEncoder(MemorySegment model) {
        return Calls.zP(symbol("llama_model_has_encoder"), model);
    }

    boolean modelHasDecoder(MemorySegment model) {
        return Calls.zP(symbol("llama_model_has_decoder"), model);
    }

    /** The default chat template; empty when the model has none. */
    String modelChatTemplate(MemorySegment model) {
        return Calls.text(Calls.pPP(symbol("llama_model_chat_template"), model, MemorySegment.NULL));
    }

    // ---- context ----------------------------------------------------------------------------------------------------

    /** NULL when there can be no such context; {@link NativeLog} knows why. */
    MemorySegment initFromModel(MemorySegment model, MemorySegment params) {
        return Calls.pPContext(symbol("llama_init_from_model"), model, params);
    }

    void free(MemorySegment context) {
        Calls.vP(symbol("llama_free"), context);
    }

    MemorySegment getMemory(MemorySegment context) {
        return Calls.pP(symbol("llama_get_memory"), context);
    }

    int nCtx(MemorySegment context) {
        return Calls.iP(symbol("llama_n_ctx"), context);
    }

    int nCtxSeq(MemorySegment context) {
        return Calls.iP(symbol("llama_n_ctx_seq"), context);
    }

    /** 0: done; 1: no KV cells; 2: aborted; negative: fatal. */
    int decode(MemorySegment context, MemorySegment batch) {
        return Calls.iPBatch(decode, context, batch);
    }

    void synchronize(MemorySegment context) {
        Calls.vP(synchronize, context);
    }

    /** Logits of the token at index {@code row} of the batch, or NULL. */
    MemorySegment getLogitsIth(MemorySegment context, int row) {
        return Calls.pPI(getLogitsIth, context, row);
    }

    // ---- KV cache ---------------------------------------------------------------------------------------------------

    /** Removes positions from {@code from} on, all for -1; false when the model's memory can't be cut there. */
    boolean memorySeqRm(MemorySegment memory, int sequence, int from) {
        return Calls.zPIII(symbol("llama_memory_seq_rm"), memory, sequence, from, -1);
    }

    /** Forgets all sequences and zeroes the cells. */
    void memoryClear(MemorySegment memory) {
        Calls.vPZ(symbol("llama_memory_clear"), memory, true);
    }

    void memorySeqCp(MemorySegment memory, int source, int target, int tokens) {
        Calls.vPIIII(symbol("llama_memory_seq_cp"), memory, source, target, 0, tokens);
    }

    /** Last position of the sequence, -1 when it is empty. */
    int memorySeqPosMax(MemorySegment memory, int sequence) {
        return Calls.iPI(symbol("llama_memory_seq_pos_max"), memory, sequence);
    }

    boolean memoryCanShift(MemorySegment memory) {
        return Calls.zP(symbol("llama_memory_can_shift"), memory);
    }

    long stateSeqGetSize(MemorySegment context, int sequence) {
        return Calls.lPI(symbol("llama_state_seq_get_size"), context, sequence);
    }

    /** Bytes written. */
    long stateSeqGetData(MemorySegment context, MemorySegment target, int sequence) {
        return Calls.lPPLI(symbol("llama_state_seq_get_data"), context, target, target.byteSize(), sequence);
    }

    /** Bytes read; 0 when the state could not be loaded. */
    long stateSeqSetData(MemorySegment context, MemorySegment source, int sequence) {
        return Calls.lPPLI(symbol("llama_state_seq_set_data"), context, source, source.byteSize(), sequence);
    }

    // ---- vocabulary -------------------------------------------------------------------------------------------------

    int vocabNTokens(MemorySegment vocab) {
        return Calls.iP(symbol("llama_vocab_n_tokens"), vocab);
    }

    boolean vocabIsEog(MemorySegment vocab, int token) {
        return Calls.zPI(vocabIsEog, vocab, token);
    }

    /** Bits of {@code llama_token_attr}. */
    int vocabGetAttr(MemorySegment vocab, int token) {
        return Calls.iPI(vocabGetAttr, vocab, token);
    }

    String vocabGetText(MemorySegment vocab, int token) {
        return Calls.text(Calls.pPI(symbol("llama_vocab_get_text"), vocab, token));
    }

    /** Number of tokens written; negative: the number that there was no room for. */
    int tokenize(MemorySegment vocab, MemorySegment text, int bytes, MemorySegment tokens, int room, boolean special,
            boolean markers) {
        return Calls.iPPIPIZZ(tokenize, vocab, text, bytes, tokens, room, special, markers);
    }

    /** Number of bytes written; negative: the number that there was no room for. Control tokens give none. */
    int tokenToPiece(MemorySegment vocab, int token, MemorySegment target) {
        return Calls.iPIPIIZ(tokenToPiece, vocab, token, target, (int) target.byteSize(), 0, false);
    }

    /** Bytes of the prompt, also where the target is smaller; negative when the template is not known. */
    int chatApplyTemplate(MemorySegment template, MemorySegment messages, long count, boolean openAnswer,
            MemorySegment target) {
        return Calls.iPPLZPI(symbol("llama_chat_apply_template"), template, messages, count, openAnswer, target,
                (int) target.byteSize());
    }

    // ---- samplers ---------------------------------------------------------------------------------------------------

    /** NULL is allowed. */
    void samplerFree(MemorySegment sampler) {
        Calls.vP(symbol("llama_sampler_free"), sampler);
    }

    void samplerAccept(MemorySegment sampler, int token) {
        Calls.vPI(samplerAccept, sampler, token);
    }

    void samplerApply(MemorySegment sampler, MemorySegment candidates) {
        Calls.vPP(samplerApply, sampler, candidates);
    }

    /** NULL when the grammar can't be parsed. */
    MemorySegment samplerInitGrammar(MemorySegment vocab, MemorySegment grammar, MemorySegment root) {
        return Calls.pPPP(symbol("llama_sampler_init_grammar"), vocab, grammar, root);
    }
}
