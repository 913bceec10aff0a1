package io.millrace.ejb.model;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import jakarta.resource.ResourceException;
import java.nio.file.Path;

/** Between the configuration's words and the adapter's. */
final class Specs {

    private Specs() {}

    static EngineSpec of(Configuration.Engine engine, Path model) {
        return new EngineSpec(EngineSpec.Kind.LLAMA, engine.natives().toAbsolutePath(), model.toAbsolutePath(),
                engine.contextTokens(), engine.slots(), engine.stepTokens(), engine.threads(),
                EngineSpec.KvType.valueOf(engine.kvType().name()), engine.unifiedKv(),
                EngineSpec.Toggle.valueOf(engine.flashAttention().name()), engine.gpuLayers());
    }

    /** The pool wraps what the adapter throws; this finds it again. */
    static EngineException engineException(ResourceException thrown) {
        for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
            if (cause instanceof EngineException engineException) {
                return engineException;
            }
        }
        return new EngineException(EngineException.Code.ENGINE_LOST, "no connection to an engine: " + thrown.getMessage(),
                thrown);
    }
}
