package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.lang.foreign.SymbolLookup;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.NoSuchElementException;

/**
 * llama.cpp's C library, version {@link Abi#VERSION}: the only class that names C symbols. One method for each function
 * of {@code llama.h} in use, named as there. Thread-safe as far as the C functions are.
 *
 * <p>Method handles are static and take the function's address as their first argument, so the JIT treats them as
 * constants although the library's place is known only at run time.
 */
final class Library {

    private static final Linker LINKER = Linker.nativeLinker();

    private static final MethodHandle VOID = handle(FunctionDescriptor.ofVoid());
    private static final MethodHandle VOID_P = handle(FunctionDescriptor.ofVoid(ADDRESS));
    private static final MethodHandle VOID_PP = handle(FunctionDescriptor.ofVoid(ADDRESS, ADDRESS));
    private static final MethodHandle VOID_PI = handle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT));
    private static final MethodHandle VOID_PIIII =
            handle(FunctionDescriptor.ofVoid(ADDRESS, JAVA_INT, JAVA_INT, JAVA_INT, JAVA_INT));
    private static final MethodHandle P = handle(FunctionDescriptor.of(ADDRESS));
    private static final MethodHandle P_P = handle(FunctionDescriptor.of(ADDRESS, ADDRESS));
    private static final MethodHandle P_I = handle(FunctionDescriptor.of(ADDRESS, JAVA_INT));
    private static final MethodHandle P_F = handle(FunctionDescriptor.of(ADDRESS, JAVA_FLOAT));
    private static final MethodHandle P_FL = handle(FunctionDescriptor.of(ADDRESS, JAVA_FLOAT, JAVA_LONG));
    private static final MethodHandle P_PI = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, JAVA_INT));
    private static final MethodHandle P_PP = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle P_PPP = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, ADDRESS, ADDRESS));
    private static final MethodHandle P_IIP = handle(FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT, ADDRESS));
    private static final MethodHandle P_IIFFF =
            handle(FunctionDescriptor.of(ADDRESS, JAVA_INT, JAVA_INT, JAVA_FLOAT, JAVA_FLOAT, JAVA_FLOAT));
    private static final MethodHandle P_P_MODEL = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, Abi.MODEL_PARAMS));
    private static final MethodHandle P_P_CONTEXT = handle(FunctionDescriptor.of(ADDRESS, ADDRESS, Abi.CONTEXT_PARAMS));
    private static final MethodHandle P_CHAIN = handle(FunctionDescriptor.of(ADDRESS, Abi.SAMPLER_CHAIN_PARAMS));
    private static final MethodHandle I_P = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS));
    private static final MethodHandle I_PI = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT));
    private static final MethodHandle I_P_BATCH = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, Abi.BATCH));
    private static final MethodHandle I_PIPIIZ =
            handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, JAVA_INT, ADDRESS, JAVA_INT, JAVA_INT, JAVA_BOOLEAN));
    private static final MethodHandle I_PPIPIZZ = handle(FunctionDescriptor.of(JAVA_INT, ADDRESS, ADDRESS, JAVA_INT,
            ADDRESS, JAVA_INT, JAVA_BOOLEAN, JAVA_BOOLEAN));
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

    /** {@code GGML_BACKEND_DEVICE_TYPE_*}. */
    static final int DEVICE_CPU = 0;
    static final int DEVICE_GPU = 1;

    private static Library loaded;

    private final Path folder;
    private final SymbolLookup symbols;

    private final MemorySegment decode;
    private final MemorySegment getLogitsIth;
    private final MemorySegment synchronize;
    private final MemorySegment samplerAccept;
    private final MemorySegment samplerApply;
    private final MemorySegment samplerReset;
    private final MemorySegment memorySeqRm;
    private final MemorySegment memorySeqPosMax;
    private final MemorySegment tokenize;
    private final MemorySegment tokenToPiece;
    private final MemorySegment vocabIsEog;
    private final MemorySegment vocabGetAttr;

    private Library(Path folder, SymbolLookup symbols) {
        this.folder = folder;
        this.symbols = symbols;
        decode = symbol("llama_decode");
        getLogitsIth = symbol("llama_get_logits_ith");
        synchronize = symbol("llama_synchronize");
        samplerAccept = symbol("llama_sampler_accept");
        samplerApply = symbol("llama_sampler_apply");
        samplerReset = symbol("llama_sampler_reset");
        memorySeqRm = symbol("llama_memory_seq_rm");
        memorySeqPosMax = symbol("llama_memory_seq_pos_max");
        tokenize = symbol("llama_tokenize");
        tokenToPiece = symbol("llama_token_to_piece");
        vocabIsEog = symbol("llama_vocab_is_eog");
        vocabGetAttr = symbol("llama_vocab_get_attr");
    }

    // ---- loading -----------------------------------------------------------------------------------------------

    /**
     * The library in {@code folder}, loaded by the first call and then shared by the whole process: native code can't
     * be unloaded safely.
     *
     * @throws EngineException with code NATIVE_LIBRARY when it is missing, is not version {@link Abi#VERSION}, or when
     *         the process has already loaded another copy
     */
    static synchronized Library open(Path folder) throws EngineException {
        Path file = file(folder);
        if (loaded == null) {
            loaded = load(file);
        } else if (!loaded.folder.equals(file.getParent())) {
            throw refused("this process has loaded the library from " + loaded.folder
                    + " and can't load another copy from " + file.getParent() + ": restart to change folders", null);
        }
        return loaded;
    }

    private static Path file(Path folder) throws EngineException {
        if (folder == null) {
            throw refused("no folder of the native library is configured", null);
        }
        Path file = folder.resolve(System.mapLibraryName(Abi.LIBRARY_NAME));
        try {
            return file.toRealPath();
        } catch (IOException e) {
            throw refused(file + " is not there: fetch the native library first", e);
        }
    }

    private static Library load(Path file) throws EngineException {
        try (Arena trial = Arena.ofConfined()) {
            checkVersion(SymbolLookup.libraryLookup(file, trial), file);
        } catch (IllegalArgumentException e) {
            throw refused(file + " is not a library for this machine: " + e.getMessage(), e);
        }
        Library library;
        try {
            library = new Library(file.getParent(), SymbolLookup.libraryLookup(file, Arena.global()));
        } catch (NoSuchElementException e) {
            throw refused(file + " lacks a function: " + e.getMessage(), e);
        }
        library.start();
        return library;
    }

    private static void checkVersion(SymbolLookup symbols, Path file) throws EngineException {
        MemorySegment version = symbols.find("llama_version").orElse(MemorySegment.NULL);
        String found = version.equals(MemorySegment.NULL) ? "unknown" : text(callP(version));
        if (!found.equals(Abi.VERSION)) {
            throw refused(file + " is llama.cpp " + found + ", this adapter needs " + Abi.VERSION, null);
        }
        checkDefaults(symbols, file, "llama_model_default_params", Abi.DEFAULT_MODEL_PARAMS);
        checkDefaults(symbols, file, "llama_context_default_params", Abi.DEFAULT_CONTEXT_PARAMS);
    }

    private static void checkDefaults(SymbolLookup symbols, Path file, String function, String pinned)
            throws EngineException {
        MemorySegment address = symbols.find(function)
                .orElseThrow(() -> refused(file + " lacks the function " + function, null));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment written = arena.allocate(Abi.ROOMY).fill(Abi.UNTOUCHED);
            fill(address, written);
            String difference = Abi.difference(written, pinned);
            if (difference != null) {
                throw refused(file + " is not the library that this adapter was built for: in what " + function
                        + " returns, " + difference, null);
            }
        }
    }

    private void start() throws EngineException {
        try (Arena arena = Arena.ofConfined()) {
            VOID_PP.invokeExact(symbol("llama_log_set"), NativeLog.callback(LINKER), MemorySegment.NULL);
            if (device(DEVICE_CPU).equals(MemorySegment.NULL)) {
                VOID_P.invokeExact(symbol("ggml_backend_load_all_from_path"), arena.allocateFrom(folder.toString()));
            }
            VOID.invokeExact(symbol("llama_backend_init"));
        } catch (Throwable e) {
            throw unexpected(e);
        }
        if (device(DEVICE_CPU).equals(MemorySegment.NULL)) {
            throw refused("no CPU backend (libggml-cpu-*) for this machine in " + folder, null);
        }
    }

    private static EngineException refused(String message, Exception cause) {
        return new EngineException(Code.NATIVE_LIBRARY, message, cause);
    }

    private MemorySegment symbol(String name) {
        return symbols.findOrThrow(name);
    }

    private static MethodHandle handle(FunctionDescriptor descriptor) {
        return LINKER.downcallHandle(descriptor);
    }

    private static IllegalStateException unexpected(Throwable e) {
        if (e instanceof Error error) {
            throw error;
        }
        if (e instanceof RuntimeException exception) {
            throw exception;
        }
        return new IllegalStateException(e);
    }

    private static MemorySegment callP(MemorySegment function) {
        try {
            return (MemorySegment) P.invokeExact(function);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private static void fill(MemorySegment function, MemorySegment target) {
        try {
            MemorySegment _ = (MemorySegment) ROOMY.invokeExact(function, (SegmentAllocator) (_, _) -> target);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The C string at {@code pointer}; empty for NULL. */
    static String text(MemorySegment pointer) {
        return pointer.equals(MemorySegment.NULL) ? "" : pointer.reinterpret(Long.MAX_VALUE).getString(0);
    }

    // ---- devices -----------------------------------------------------------------------------------------------

    /** The first device of a type, or NULL. */
    MemorySegment device(int type) {
        try {
            return (MemorySegment) P_I.invokeExact(symbol("ggml_backend_dev_by_type"), type);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    String deviceDescription(MemorySegment device) {
        try {
            return text((MemorySegment) P_P.invokeExact(symbol("ggml_backend_dev_description"), device));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** A C function {@code size_t strlen(const char *)}; see {@link AbortFlag}. */
    static MemorySegment strlen() {
        return LINKER.defaultLookup().findOrThrow("strlen");
    }

    // ---- model -------------------------------------------------------------------------------------------------

    MemorySegment modelDefaultParams(SegmentAllocator allocator) {
        return defaults("llama_model_default_params", allocator, Abi.MODEL_PARAMS);
    }

    MemorySegment contextDefaultParams(SegmentAllocator allocator) {
        return defaults("llama_context_default_params", allocator, Abi.CONTEXT_PARAMS);
    }

    private MemorySegment defaults(String function, SegmentAllocator allocator, MemoryLayout layout) {
        MemorySegment roomy = allocator.allocate(Abi.ROOMY);
        fill(symbol(function), roomy);
        return roomy.asSlice(0, layout.byteSize());
    }

    MemorySegment modelLoadFromFile(MemorySegment path, MemorySegment params) {
        try {
            return (MemorySegment) P_P_MODEL.invokeExact(symbol("llama_model_load_from_file"), path, params);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void modelFree(MemorySegment model) {
        callVoid("llama_model_free", model);
    }

    MemorySegment modelGetVocab(MemorySegment model) {
        return callP("llama_model_get_vocab", model);
    }

    int modelNCtxTrain(MemorySegment model) {
        return callI("llama_model_n_ctx_train", model);
    }

    long modelSize(MemorySegment model) {
        return callL("llama_model_size", model);
    }

    long modelNParams(MemorySegment model) {
        return callL("llama_model_n_params", model);
    }

    boolean modelHasEncoder(MemorySegment model) {
        return callZ("llama_model_has_encoder", model);
    }

    boolean modelHasDecoder(MemorySegment model) {
        return callZ("llama_model_has_decoder", model);
    }

    /** The model's default chat template, or NULL. */
    MemorySegment modelChatTemplate(MemorySegment model) {
        try {
            return (MemorySegment) P_PP.invokeExact(symbol("llama_model_chat_template"), model, MemorySegment.NULL);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    // ---- context -----------------------------------------------------------------------------------------------

    MemorySegment initFromModel(MemorySegment model, MemorySegment params) {
        try {
            return (MemorySegment) P_P_CONTEXT.invokeExact(symbol("llama_init_from_model"), model, params);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void free(MemorySegment context) {
        callVoid("llama_free", context);
    }

    MemorySegment getMemory(MemorySegment context) {
        return callP("llama_get_memory", context);
    }

    int nCtx(MemorySegment context) {
        return callI("llama_n_ctx", context);
    }

    int nCtxSeq(MemorySegment context) {
        return callI("llama_n_ctx_seq", context);
    }

    /** 0: done; 1: no KV cells; 2: aborted; negative: fatal. */
    int decode(MemorySegment context, MemorySegment batch) {
        try {
            return (int) I_P_BATCH.invokeExact(decode, context, batch);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void synchronize(MemorySegment context) {
        try {
            VOID_P.invokeExact(synchronize, context);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Logits of the token at index {@code row} of the batch, or NULL. */
    MemorySegment getLogitsIth(MemorySegment context, int row) {
        try {
            return (MemorySegment) P_PI.invokeExact(getLogitsIth, context, row);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    // ---- KV cache ----------------------------------------------------------------------------------------------

    /** Removes positions from {@code from} on; false when the model's memory can't be cut there. */
    boolean memorySeqRm(MemorySegment memory, int sequence, int from) {
        try {
            return (boolean) Z_PIII.invokeExact(memorySeqRm, memory, sequence, from, -1);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void memorySeqCp(MemorySegment memory, int source, int target, int tokens) {
        try {
            VOID_PIIII.invokeExact(symbol("llama_memory_seq_cp"), memory, source, target, 0, tokens);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Last position of the sequence, -1 when it is empty. */
    int memorySeqPosMax(MemorySegment memory, int sequence) {
        try {
            return (int) I_PI.invokeExact(memorySeqPosMax, memory, sequence);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    boolean memoryCanShift(MemorySegment memory) {
        return callZ("llama_memory_can_shift", memory);
    }

    long stateSeqGetSize(MemorySegment context, int sequence) {
        try {
            return (long) L_PI.invokeExact(symbol("llama_state_seq_get_size"), context, sequence);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    long stateSeqGetData(MemorySegment context, MemorySegment target, int sequence) {
        return stateSeq("llama_state_seq_get_data", context, target, sequence);
    }

    /** Bytes read; 0 when the state could not be loaded. */
    long stateSeqSetData(MemorySegment context, MemorySegment source, int sequence) {
        return stateSeq("llama_state_seq_set_data", context, source, sequence);
    }

    private long stateSeq(String function, MemorySegment context, MemorySegment bytes, int sequence) {
        try {
            return (long) L_PPLI.invokeExact(symbol(function), context, bytes, bytes.byteSize(), sequence);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    // ---- vocabulary --------------------------------------------------------------------------------------------

    int vocabNTokens(MemorySegment vocab) {
        return callI("llama_vocab_n_tokens", vocab);
    }

    boolean vocabIsEog(MemorySegment vocab, int token) {
        try {
            return (boolean) Z_PI.invokeExact(vocabIsEog, vocab, token);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Whether a token is read as itself wherever its text occurs ({@code LLAMA_TOKEN_ATTR_CONTROL, USER_DEFINED}). */
    boolean vocabIsMarker(MemorySegment vocab, int token) {
        try {
            return ((int) I_PI.invokeExact(vocabGetAttr, vocab, token) & Abi.TOKEN_ATTR_MARKER) != 0;
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    String vocabGetText(MemorySegment vocab, int token) {
        try {
            return text((MemorySegment) P_PI.invokeExact(symbol("llama_vocab_get_text"), vocab, token));
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Number of tokens written; negative: the number that there was no room for. */
    int tokenize(MemorySegment vocab, MemorySegment text, int bytes, MemorySegment tokens, int room, boolean special,
                 boolean markers) {
        try {
            return (int) I_PPIPIZZ.invokeExact(tokenize, vocab, text, bytes, tokens, room, special, markers);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Number of bytes written; negative: the number that there was no room for. Control tokens give none. */
    int tokenToPiece(MemorySegment vocab, int token, MemorySegment target) {
        try {
            return (int) I_PIPIIZ.invokeExact(tokenToPiece, vocab, token, target, (int) target.byteSize(), 0, false);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** Bytes of the prompt, also where the buffer is smaller; negative when the template is not known. */
    int chatApplyTemplate(MemorySegment template, MemorySegment messages, long count, boolean openAnswer,
                          MemorySegment target) {
        try {
            return (int) I_PPLZPI.invokeExact(symbol("llama_chat_apply_template"), template, messages, count,
                    openAnswer, target, (int) target.byteSize());
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    // ---- samplers ----------------------------------------------------------------------------------------------

    MemorySegment samplerChainInit() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = arena.allocate(Abi.SAMPLER_CHAIN_PARAMS);
            params.set(JAVA_BYTE, 0, (byte) 1);
            return (MemorySegment) P_CHAIN.invokeExact(symbol("llama_sampler_chain_init"), params);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** The chain owns the sampler from here on. */
    void samplerChainAdd(MemorySegment chain, MemorySegment sampler) {
        try {
            VOID_PP.invokeExact(symbol("llama_sampler_chain_add"), chain, sampler);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void samplerFree(MemorySegment sampler) {
        callVoid("llama_sampler_free", sampler);
    }

    void samplerAccept(MemorySegment sampler, int token) {
        try {
            VOID_PI.invokeExact(samplerAccept, sampler, token);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void samplerApply(MemorySegment sampler, MemorySegment candidates) {
        try {
            VOID_PP.invokeExact(samplerApply, sampler, candidates);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    void samplerReset(MemorySegment sampler) {
        try {
            VOID_P.invokeExact(samplerReset, sampler);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    MemorySegment samplerInitGreedy() {
        return callP(symbol("llama_sampler_init_greedy"));
    }

    MemorySegment samplerInitDist(int seed) {
        return callP("llama_sampler_init_dist", seed);
    }

    MemorySegment samplerInitTopK(int k) {
        return callP("llama_sampler_init_top_k", k);
    }

    MemorySegment samplerInitTopP(float p) {
        return callP("llama_sampler_init_top_p", p, 1);
    }

    MemorySegment samplerInitMinP(float p) {
        return callP("llama_sampler_init_min_p", p, 1);
    }

    MemorySegment samplerInitTemp(float temperature) {
        try {
            return (MemorySegment) P_F.invokeExact(symbol("llama_sampler_init_temp"), temperature);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    MemorySegment samplerInitPenalties(int vocabulary, int last, float repeat, float frequency, float presence) {
        try {
            return (MemorySegment) P_IIFFF.invokeExact(symbol("llama_sampler_init_penalties"), vocabulary, last,
                    repeat, frequency, presence);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    MemorySegment samplerInitLogitBias(int vocabulary, int count, MemorySegment biases) {
        try {
            return (MemorySegment) P_IIP.invokeExact(symbol("llama_sampler_init_logit_bias"), vocabulary, count,
                    biases);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    /** NULL when the grammar can't be parsed. */
    MemorySegment samplerInitGrammar(MemorySegment vocab, MemorySegment grammar, MemorySegment root) {
        try {
            return (MemorySegment) P_PPP.invokeExact(symbol("llama_sampler_init_grammar"), vocab, grammar, root);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    // ---- shapes shared by several functions --------------------------------------------------------------------

    private void callVoid(String function, MemorySegment pointer) {
        try {
            VOID_P.invokeExact(symbol(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private MemorySegment callP(String function, MemorySegment pointer) {
        try {
            return (MemorySegment) P_P.invokeExact(symbol(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private MemorySegment callP(String function, int value) {
        try {
            return (MemorySegment) P_I.invokeExact(symbol(function), value);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private MemorySegment callP(String function, float value, long keep) {
        try {
            return (MemorySegment) P_FL.invokeExact(symbol(function), value, keep);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private int callI(String function, MemorySegment pointer) {
        try {
            return (int) I_P.invokeExact(symbol(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private long callL(String function, MemorySegment pointer) {
        try {
            return (long) L_P.invokeExact(symbol(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }

    private boolean callZ(String function, MemorySegment pointer) {
        try {
            return (boolean) Z_P.invokeExact(symbol(function), pointer);
        } catch (Throwable e) {
            throw unexpected(e);
        }
    }
}
