package io.millrace.connector.engine;

import jakarta.resource.ResourceException;

/** A failure of an engine. The message names the file or value that is wrong and what to do. */
public class EngineException extends ResourceException {

    private static final long serialVersionUID = 1L;

    /** What failed. */
    public enum Code {
        /** The model's file is not there or can't be read. */
        MODEL_MISSING,
        /** The model's file is truncated, damaged, or no GGUF at all. */
        MODEL_DAMAGED,
        /** A sound file of a family or version that this engine can't run. */
        MODEL_UNSUPPORTED,
        /** The native library is missing, or is not the version this adapter was built for. */
        NATIVE_LIBRARY,
        /** Not enough memory for weights or KV cache. */
        OUT_OF_MEMORY,
        /** The grammar of one request can't be parsed, or allows no further token. */
        GRAMMAR,
        /** The model's chat template can't be applied. */
        TEMPLATE,
        /** A KV snapshot is of another model or damaged. */
        SNAPSHOT,
        /** The model gave logits that are no numbers. */
        LOGITS,
        /** The engine is gone: every slot with it. */
        ENGINE_LOST
    }

    /** Not the error code of {@link ResourceException}, which would be added to the message. */
    private final Code code;

    public EngineException(Code code, String message) {
        super(message);
        this.code = code;
    }

    public EngineException(Code code, String message, Throwable cause) {
        super(message, cause);
        this.code = code;
    }

    public Code code() {
        return code;
    }
}
