package io.millrace.launcher;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.llama.LlamaEngine;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The engine as a server on this machine would be given it: for commands that ask it without a server.
 *
 * @param natives folder of the native library
 */
record LocalEngine(Configuration configuration, Path natives) {

    static LocalEngine of(Configuration settings, Home home) {
        Path configured = settings.engine().natives();
        Path usable = Files.exists(configured) ? configured : new Natives(home.root()).folder(Natives.Flavour.CPU);
        return new LocalEngine(settings, usable.toAbsolutePath());
    }

    Configuration.Engine settings() {
        return configuration.engine();
    }

    /** Memory that serving a model would take with the configured context and slots, bytes. */
    long neededBytes(Path model) throws EngineException {
        Configuration.Engine settings = settings();
        return LlamaEngine.neededBytes(new EngineSpec(EngineSpec.Kind.LLAMA, natives, model, settings.contextTokens(),
                configuration.runningSlots(), configuration.idleSlots(EngineSpec.MOST_SLOTS), settings.stepTokens(), settings.threads(),
                EngineSpec.KvType.valueOf(settings.kvType().name()), settings.unifiedKv(),
                EngineSpec.Toggle.valueOf(settings.flashAttention().name()), settings.gpuLayers()));
    }
}
