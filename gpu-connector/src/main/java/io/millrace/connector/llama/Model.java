package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Locale;

/** Weights in memory ({@code llama_model}), mapped from their file. Immutable until closed, once and last of all. */
final class Model implements AutoCloseable {

    private final Library library;
    private final MemorySegment pointer;

    private Model(Library library, MemorySegment pointer) {
        this.library = library;
        this.pointer = pointer;
    }

    /**
     * Loads a file whose header has been checked.
     *
     * <p>With matrix units (AMX) llama.cpp puts quantised weights into a layout of their own, also the per-head matrices of
     * latent attention, on which it then can't multiply: it would end the process ({@code GGML_ASSERT(*cur_backend_id != -1)}).
     * Such models do without.
     *
     * @throws EngineException MODEL_UNSUPPORTED, MODEL_DAMAGED or OUT_OF_MEMORY, by what the library says
     */
    static Model load(Library library, GgufFile file, EngineSpec spec) throws EngineException {
        NativeLog.forget();
        MemorySegment pointer;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment params = library.modelDefaultParams(arena);
            params.set(JAVA_INT, Abi.ModelParams.N_GPU_LAYERS, spec.gpuLayers());
            params.set(JAVA_INT, Abi.ModelParams.LOAD_MODE, Abi.ModelParams.LOAD_MODE_MMAP);
            params.set(JAVA_BOOLEAN, Abi.ModelParams.USE_EXTRA_BUFTS, !(file.hasLatentAttention() && Processor.hasAmx()));
            pointer = library.modelLoadFromFile(arena.allocateFrom(file.path().toString()), params);
        }
        if (pointer.equals(MemorySegment.NULL)) {
            String why = NativeLog.takeError("no reason given");
            throw new EngineException(codeOf(why), file.path() + " can't be loaded: " + why);
        }
        Model model = new Model(library, pointer);
        if (library.modelHasEncoder(pointer) || !library.modelHasDecoder(pointer)) {
            model.close();
            throw new EngineException(Code.MODEL_UNSUPPORTED,
                    file.path() + " is no text generator: its architecture is " + file.architecture());
        }
        return model;
    }

    private static Code codeOf(String error) {
        String line = error.toLowerCase(Locale.ROOT);
        if (line.contains("allocate") || line.contains("memory")) {
            return Code.OUT_OF_MEMORY;
        }
        boolean damaged = line.contains("missing tensor") || line.contains("wrong shape")
                || line.contains("corrupted") || line.contains("not within the file bounds");
        return damaged ? Code.MODEL_DAMAGED : Code.MODEL_UNSUPPORTED;
    }

    Library library() {
        return library;
    }

    MemorySegment pointer() {
        return pointer;
    }

    MemorySegment vocab() {
        return library.modelGetVocab(pointer);
    }

    int trainedContext() {
        return library.modelNCtxTrain(pointer);
    }

    long weightBytes() {
        return library.modelSize(pointer);
    }

    long parameters() {
        return library.modelNParams(pointer);
    }

    /** The Jinja template of {@code tokenizer.chat_template}; empty when the file has none. */
    String chatTemplate() {
        return library.modelChatTemplate(pointer);
    }

    @Override public void close() {
        library.modelFree(pointer);
    }
}
