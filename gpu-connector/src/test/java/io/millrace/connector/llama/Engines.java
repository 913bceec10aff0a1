package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.EngineSpec.Kind;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.gguf.SeedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;

/** The real library on models of random weights, which are written once into {@code target}. */
final class Engines {

    static final Path NATIVES = Path.of(System.getProperty("millrace.natives"));

    private static final Path MODELS = Path.of("target", "seed-models");

    private Engines() {}

    /** The file of a seeded model. */
    static Path model(String shape) {
        return model(shape, "F16");
    }

    static synchronized Path model(String shape, String quant) {
        Path file = MODELS.resolve(shape + "-" + quant + ".gguf");
        if (!Files.exists(file)) {
            try {
                Files.createDirectories(MODELS);
                Path part = MODELS.resolve(shape + "-" + quant + ".part");
                SeedModel.write(part, shape, quant, 7);
                Files.move(part, file);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
        return file;
    }

    static EngineSpec spec(String shape) {
        return spec(model(shape), 1024, 8, 256, true, KvType.F16, Toggle.AUTO);
    }

    static EngineSpec spec(Path model, int contextTokens, int slots, int maxStepTokens, boolean unified, KvType kv,
                           Toggle flash) {
        return new EngineSpec(Kind.LLAMA, NATIVES, model, contextTokens, slots, maxStepTokens, 1, kv, unified, flash,
                0);
    }

    static LlamaEngine open(String shape) throws EngineException {
        return LlamaEngine.open(spec(shape));
    }
}
