package io.millrace.ejb.model;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.batch.BatchSettings;
import io.millrace.ejb.kv.HostMemory;
import jakarta.resource.ResourceException;
import java.nio.file.Path;

/** Between the configuration's words and the adapter's. */
final class Specs {

    private Specs() {}

    static EngineSpec of(Configuration configuration, Path model) {
        Configuration.Engine engine = configuration.engine();
        return new EngineSpec(EngineSpec.Kind.LLAMA, engine.natives().toAbsolutePath(), model.toAbsolutePath(),
                engine.contextTokens(), configuration.runningSlots(), configuration.idleSlots(EngineSpec.MOST_SLOTS),
                engine.stepTokens(), engine.threads(),
                EngineSpec.KvType.valueOf(engine.kvType().name()), engine.unifiedKv(),
                EngineSpec.Toggle.valueOf(engine.flashAttention().name()), engine.gpuLayers());
    }

    static BatchSettings settings(Configuration configuration, ModelInfo model) {
        Configuration.Engine engine = configuration.engine();
        Configuration.Batch batch = configuration.batch();
        Configuration.Kv kv = configuration.kv();
        boolean keeps = engine.unifiedKv() && kv.keptSlots() > 0;
        return new BatchSettings(batch.least(), engine.slots(), configuration.lanes().reserved(), engine.stepTokens(),
                batch.chunk(), batch.stall(), batch.tokenTarget(), batch.firstTarget(), batch.mostWait(), keeps ? kv.kept() : 0,
                kv.evictionBlend(), HostMemory.atMost(kv.host()), EngineSpec.KvType.valueOf(engine.kvType().name()), switch (batch.mixed()) {
                    case ON -> true;
                    case OFF -> false;
                    case AUTO -> model.onGpu();
                });
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
