package io.millrace.launcher;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The models of one data folder: GGUF files, and which of them is served. */
final class Models {

    private static final String SUFFIX = ".gguf";

    private final DataFolder folder;
    private final Home home;

    Models(DataFolder folder, Home home) {
        this.folder = folder;
        this.home = home;
    }

    /** The model to serve: the one that is configured, else the one that was chosen, else one that is at hand. */
    Path toServe(Optional<Path> configured, Consumer<String> tell) {
        Path model = configured.or(this::current).orElseGet(() -> atHand(tell)).toAbsolutePath();
        if (!Files.isReadable(model)) {
            throw new Failure("There is no model at " + model + ": name a GGUF file with --model, or choose one with ./millrace model use.");
        }
        return model;
    }

    /** The model that {@link #use} chose; empty when none was. */
    Optional<Path> current() {
        return DataFolder.read(folder.currentModel()).map(Path::of);
    }

    private Path atHand(Consumer<String> tell) {
        Path sample = home.root().resolve("../shared/models/stories260K.gguf").normalize();
        if (Files.isReadable(sample)) {
            return sample;
        }
        throw new Failure("There is no model yet: add a GGUF file with ./millrace model add FILE.");
    }

    List<Path> list() {
        if (!Files.exists(folder.models())) {
            return List.of();
        }
        try (Stream<Path> files = Files.list(folder.models())) {
            return files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().toList();
        } catch (IOException e) {
            throw new Failure("The models in " + folder.models() + " can't be listed (" + e.getMessage() + ").", e);
        }
    }
}
