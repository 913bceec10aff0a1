package io.millrace.launcher;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.gguf.GgufFile;
import io.millrace.connector.gguf.SeedModel;
import io.millrace.launcher.download.Sha256;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.stream.Stream;

/** The models of one data folder: GGUF files, and which of them is served. */
final class Models {

    private static final String SUFFIX = ".gguf";
    private static final String SEED_NAME = "seed";
    private static final String DEMONSTRATION = "millrace-pilot";

    private final DataFolder folder;
    private final Home home;

    Models(DataFolder folder, Home home) {
        this.folder = folder;
        this.home = home;
    }

    /** The model to serve: the one that is configured, else the one that was chosen, else one that is at hand. */
    Path toServe(Optional<Path> configured, Consumer<String> tell) {
        Path model = configured.or(this::current).orElseGet(() -> atHand(tell)).toAbsolutePath().normalize();
        if (!Files.isReadable(model)) {
            throw new Failure("There is no model at " + model + ": name a GGUF file with --model, or choose one with ./millrace model use.");
        }
        return model;
    }

    /** The model that {@link #choose} chose; empty when none was. */
    Optional<Path> current() {
        return DataFolder.read(folder.currentModel()).map(Path::of);
    }

    /** From now on, and after each start, {@code model} is the one to serve. */
    void choose(Path model) {
        DataFolder.write(folder.currentModel(), model.toString());
    }

    /** A model that was copied into the data folder, and the SHA-256 of what was copied. */
    record Copied(Path file, long bytes, String sha256) {}

    /**
     * Copies a GGUF file into the data folder, once it was seen that it is one.
     *
     * @param wanted SHA-256 that it must have, in small hexadecimal letters; empty: any
     */
    Copied add(Path file, String name, Optional<String> wanted, Consumer<String> tell) {
        if (!Files.isRegularFile(file)) {
            throw new Failure("There is no file " + file + ": name a GGUF file on this machine, an address, hf:OWNER/REPO/FILE or ms:OWNER/REPO/FILE.");
        }
        read(file);
        Path target = free(name);
        Path half = target.resolveSibling(target.getFileName() + ".copy");
        try {
            long bytes = Files.size(file);
            Preflight.requireSpace(folder, bytes + Preflight.LEAST_FREE_BYTES);
            tell.accept("Copying %,d bytes".formatted(bytes));
            String sha256 = copy(file, half);
            if (wanted.isPresent() && !wanted.get().equals(sha256)) {
                throw new Failure(file + " has the SHA-256 " + sha256 + ", and --sha256 says " + wanted.get() + ": it is not the file that was meant.");
            }
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
            return new Copied(target, bytes, sha256);
        } catch (IOException e) {
            throw new Failure("The model can't be copied to " + target + " (" + e.getMessage() + "): see that there is space and that you may write there.", e);
        } finally {
            half.toFile().delete();
        }
    }

    private static String copy(Path from, Path to) throws IOException {
        MessageDigest digest = Sha256.digest();
        try (InputStream in = new DigestInputStream(Files.newInputStream(from), digest)) {
            Files.copy(in, to, StandardCopyOption.REPLACE_EXISTING);
        }
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Where a new model of that name goes. */
    Path free(String name) {
        Path target = named(name);
        if (Files.exists(target)) {
            throw new Failure("There is a model " + name(target) + " already: give this one another name with --name.");
        }
        return target;
    }

    /** The demonstration model that comes with Millrace. */
    private Optional<Path> demonstration() {
        return Optional.of(home.root().resolve("models").resolve(DEMONSTRATION + SUFFIX)).filter(Files::isReadable);
    }

    /** The model that a start without further word would serve; empty when there is none. */
    Optional<Path> byDefault() {
        return current().or(this::demonstration);
    }

    /** The file of that name in the data folder, or the one at that path, or the demonstration model. */
    Path find(String nameOrPath) {
        Path model = nameOrPath.contains("/") ? Path.of(nameOrPath).toAbsolutePath().normalize() : named(nameOrPath);
        if (!Files.exists(model) && nameOrPath.equals(DEMONSTRATION)) {
            model = demonstration().orElse(model);
        }
        if (!Files.isReadable(model)) {
            throw new Failure("There is no model " + nameOrPath + ": ./millrace model list shows those that there are.");
        }
        return model;
    }

    /** Those in the data folder, behind the one that comes with Millrace. */
    List<Path> list() {
        if (!Files.exists(folder.models())) {
            return demonstration().stream().toList();
        }
        try (Stream<Path> files = Files.list(folder.models())) {
            return Stream.concat(demonstration().stream(), files.filter(file -> file.toString().endsWith(SUFFIX)).sorted()).toList();
        } catch (IOException e) {
            throw new Failure("The models in " + folder.models() + " can't be listed (" + e.getMessage() + ").", e);
        }
    }

    static String name(Path model) {
        String file = model.getFileName().toString();
        return file.endsWith(SUFFIX) ? file.substring(0, file.length() - SUFFIX.length()) : file;
    }

    static GgufFile read(Path model) {
        try {
            return GgufFile.read(model);
        } catch (EngineException e) {
            throw new Failure(e.getMessage(), e);
        }
    }

    /** The file of that name in the data folder, whether it is there or not. */
    Path named(String name) {
        if (name.isEmpty() || name.startsWith(".") || name.contains("/") || name.chars().anyMatch(Character::isISOControl)) {
            throw new Failure("A model can't be called '" + name + "': use a plain file name.");
        }
        return folder.models().resolve(name.endsWith(SUFFIX) ? name : name + SUFFIX);
    }

    private Path atHand(Consumer<String> tell) {
        Optional<Path> demonstration = demonstration();
        if (demonstration.isPresent()) {
            tell.accept("The demonstration model serves; it only knows Millrace. For real work: "
                    + "./millrace model add FILE and ./millrace model use NAME");
            return demonstration.get();
        }
        Path seed = named(SEED_NAME);
        if (!Files.exists(seed)) {
            try {
                Path half = seed.resolveSibling(seed.getFileName() + ".part");
                SeedModel.write(half, "deepseek2-tiny", "q8_0", 1);
                Files.move(half, seed, StandardCopyOption.ATOMIC_MOVE);
            } catch (IOException e) {
                throw new Failure("There is no model, and a stand-in can't be written to " + seed + " (" + e.getMessage() + "): see that there is space.", e);
            }
        }
        tell.accept("There is no model yet, so a small one with random weights stands in: it answers NOISE until you add a real one "
                + "with ./millrace model add FILE and ./millrace model use NAME");
        return seed;
    }
}
