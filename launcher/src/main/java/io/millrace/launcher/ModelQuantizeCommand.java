package io.millrace.launcher;

import io.millrace.config.Configuration;
import io.millrace.config.DataSize;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.gguf.GgufFile;
import io.millrace.connector.llama.Perplexity;
import io.millrace.connector.llama.Quantizer;
import io.millrace.connector.llama.Quantizer.Format;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.logging.Level;
import java.util.logging.Logger;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/**
 * Writes a model with shorter numbers and says what that costs. It runs in the command's own process: a server's memory
 * and threads stay its own, none has to run, and what native code may do to the process it does to this one.
 */
@Command(name = "quantize", aliases = "quantise", description = "Writes a model again with shorter numbers, and compares size and perplexity before and after.",
        footer = {"", "Perplexity is computed on windows of --context tokens that don't overlap, of each the second half.",
            "It tells how two formats of one model compare; figures of models with different vocabularies don't compare."})
final class ModelQuantizeCommand implements Callable<Integer> {

    private static final Logger ENGINE_LOG = Logger.getLogger("io.millrace.connector.llama");
    private static final String OWN_TEXT = "perplexity.txt";
    /** More text than any number of windows that somebody would wait for. */
    private static final int MOST_TEXT_BYTES = 4 << 20;

    @Mixin
    private DataOption data;

    @Parameters(index = "0", paramLabel = "IN", description = "A name from 'model list', or the path of a GGUF file; best one in F16, BF16 or F32.")
    private String from;

    @Parameters(index = "1", paramLabel = "OUT", description = "What to call the new model, or a path with a slash in it.")
    private String to;

    @Parameters(index = "2", paramLabel = "q8_0|q4_0|q4_k_m", description = "The format: 8 bits a weight, 4 bits, or 4 to 6 bits where they matter.")
    private Format format;

    @Option(names = "--force", description = "Replaces OUT where it exists.")
    private boolean force;

    @Option(names = "--requantize", description = "Takes a model that is quantised already, which costs accuracy twice.")
    private boolean again;

    @Option(names = "--text", paramLabel = "FILE", description = "Text for the perplexity; otherwise one of Millrace's own.")
    private Path text;

    @Option(names = "--context", paramLabel = "TOKENS", defaultValue = "512", description = "Length of a window, 16 to 512 (default ${DEFAULT-VALUE}).")
    private int context;

    @Option(names = "--windows", paramLabel = "N", defaultValue = "4", description = "Most windows; 0 computes no perplexity (default ${DEFAULT-VALUE}).")
    private int windows;

    @Option(names = "--json", description = "Prints the result as JSON, and progress nowhere.")
    private boolean json;

    @Override
    public Integer call() {
        // what it warns of is in the result, what it fails with is in the exception
        ENGINE_LOG.setLevel(Level.OFF);
        Configuration settings = data.settings();
        DataFolder folder = data.folder();
        folder.prepare();
        Models models = new Models(folder, Home.here());
        Path source = models.find(from);
        GgufFile before = Models.read(source);
        Path target = target(models, source);
        String read = windows > 0 ? text() : "";
        LocalEngine engine = LocalEngine.of(settings, Home.here());
        try (ProgressLine line = ProgressLine.here()) {
            write(engine, before, target, line);
            GgufFile after = Models.read(target);
            Perplexity.Result was = windows > 0 ? perplexity(engine, source, read, line) : null;
            Perplexity.Result is = windows > 0 ? perplexity(engine, target, read, line) : null;
            line.close();
            report(before, after, was, is);
            return 0;
        } catch (EngineException e) {
            throw new Failure(e.getMessage() + (e.getMessage().contains("requantizing") ? ": start from F16, BF16 or F32, or say --requantize." : ""), e);
        }
    }

    private Path target(Models models, Path source) {
        Path target = to.contains("/") ? Path.of(to).toAbsolutePath().normalize() : models.named(to);
        if (target.equals(source)) {
            throw new Failure("IN and OUT are the same file: give OUT another name.");
        }
        if (Files.exists(target) && !force) {
            throw new Failure(target + " exists already: give OUT another name, or replace it with --force.");
        }
        if (!Files.isDirectory(target.getParent())) {
            throw new Failure("There is no folder " + target.getParent() + ": make it first, or give OUT a plain name.");
        }
        return target;
    }

    private void write(LocalEngine engine, GgufFile before, Path target, ProgressLine line) throws EngineException {
        Path half = target.resolveSibling(target.getFileName() + ".quantizing");
        Thread sweeper = new Thread(() -> half.toFile().delete());
        Runtime.getRuntime().addShutdownHook(sweeper);
        try {
            requireSpace(target.getParent(), format.bytes(before));
            Quantizer.write(engine.natives(), before.path(), half, format, engine.settings().threads(), again,
                    (at, all) -> show(line, "Quantising, tensor " + at + " of " + all));
            GgufFile.read(half);
            Files.move(half, target, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new Failure(target + " can't be written (" + e.getMessage() + "): see that you may write there.", e);
        } finally {
            half.toFile().delete();
        }
    }

    private static void requireSpace(Path folder, long needed) throws IOException {
        long free = Files.getFileStore(folder).getUsableSpace();
        if (free < needed + Preflight.LEAST_FREE_BYTES) {
            throw new Failure("There is not enough space in " + folder + ": it needs up to " + new DataSize(needed).rounded() + " and "
                    + new DataSize(Preflight.LEAST_FREE_BYTES).rounded() + " to stay free, and the disk has " + new DataSize(free).rounded() + ".");
        }
    }

    private Perplexity.Result perplexity(LocalEngine engine, Path model, String read, ProgressLine line) throws EngineException {
        try {
            Perplexity.Task task = new Perplexity.Task(engine.natives(), model, engine.settings().threads(), engine.settings().gpuLayers(), context, windows);
            return Perplexity.of(task, read, (at, all) -> show(line, "Perplexity of " + Models.name(model) + ", window " + at + " of " + all));
        } catch (IllegalArgumentException e) {
            throw new Failure("The perplexity can't be computed: " + e.getMessage() + ".", e);
        }
    }

    private void show(ProgressLine line, String progress) {
        if (!json) {
            line.show(() -> progress);
        }
    }

    private String text() {
        try (InputStream in = text == null ? ModelQuantizeCommand.class.getResourceAsStream(OWN_TEXT) : Files.newInputStream(text)) {
            return new String(in.readNBytes(MOST_TEXT_BYTES), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new Failure("The text " + text + " can't be read (" + e.getMessage() + ").", e);
        }
    }

    private void report(GgufFile before, GgufFile after, Perplexity.Result was, Perplexity.Result is) {
        long misfits = format.misfits(before);
        if (json) {
            JsonObjectBuilder result = Json.createObjectBuilder().add("name", Models.name(after.path())).add("path", after.path().toString())
                    .add("before", described(before, was)).add("after", described(after, is)).add("otherFormat", misfits);
            if (is != null) {
                result.add("windows", is.windows()).add("context", is.windowTokens()).add("scoredTokens", is.scoredTokens());
            }
            System.out.println(result.build());
            return;
        }
        System.out.printf(Locale.ROOT, "%s: %s in %s became %s in %s, %.0f %% of it.%n", Models.name(after.path()), new DataSize(before.fileBytes()).rounded(),
                before.quantisation(), new DataSize(after.fileBytes()).rounded(), after.quantisation(), 100.0 * after.fileBytes() / before.fileBytes());
        if (misfits > 0) {
            System.out.println(misfits + " matrices took a format with more bits, since their rows are no whole blocks of " + format + ".");
        }
        if (is != null) {
            System.out.printf(Locale.ROOT, "Perplexity %.3f before, %.3f after (%+.1f %%), on %d tokens of %s: %d × the second half of a window of %d tokens, stride %d.%n",
                    was.value(), is.value(), 100 * (is.value() / was.value() - 1), is.scoredTokens(), text == null ? "Millrace's own text" : text.getFileName(),
                    is.windows(), is.windowTokens(), is.windowTokens());
            if (was.value() > before.vocabulary()) {
                System.out.printf(Locale.ROOT, "Guessing blindly among its %d tokens gives %d: the model does not know such text. Compare on text of its own kind with --text FILE.%n",
                        before.vocabulary(), before.vocabulary());
            }
        }
    }

    private static JsonObjectBuilder described(GgufFile file, Perplexity.Result perplexity) {
        JsonObjectBuilder described = Json.createObjectBuilder().add("quantisation", file.quantisation()).add("bytes", file.fileBytes());
        return perplexity == null || !Double.isFinite(perplexity.value()) ? described : described.add("perplexity", perplexity.value());
    }
}
