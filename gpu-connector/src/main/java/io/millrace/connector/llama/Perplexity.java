package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;

/**
 * How surprised a model is by a text: the exponential of the mean negative log likelihood of its tokens. As llama.cpp's
 * own tool does, the text is cut into windows that don't overlap, each is computed alone, and only the second half of a
 * window counts, where every token has at least half a window before it. Used once, by one thread.
 */
public final class Perplexity implements AutoCloseable {

    /**
     * @param value        1 for a model that knows the text by heart, the size of the vocabulary for one that guesses
     * @param scoredTokens that it is the mean of
     * @param windowTokens length of a window, and so the stride
     */
    public record Result(double value, int scoredTokens, int windows, int windowTokens) {}

    /**
     * What is computed.
     *
     * @param natives      folder of the native library
     * @param threads      0: as an engine chooses
     * @param windowTokens 16 to 512; a shorter text or a shorter trained context makes it shorter
     * @param mostWindows  at least 1; what the text has beyond them is left out
     */
    public record Task(Path natives, Path model, int threads, int gpuLayers, int windowTokens, int mostWindows) {
        public Task {
            if (windowTokens < LEAST_WINDOW || windowTokens > MOST_WINDOW || mostWindows < 1) {
                throw new IllegalArgumentException("a window has " + LEAST_WINDOW + " to " + MOST_WINDOW
                        + " tokens and there is at least one, not " + mostWindows + " of " + windowTokens);
            }
        }
    }

    /** Told before each window; both count from 1. */
    public interface Progress {
        void at(int window, int windows);
    }

    private static final int LEAST_WINDOW = 16;
    /** Half of it is asked for logits at once, and an engine gives as many outputs as it has slots. */
    private static final int MOST_WINDOW = 512;

    /** Holds what the context refers to, as long as this object lives. */
    private final Arena arena = Arena.ofAuto();
    private final Task task;
    private final GgufFile file;
    private final int most;
    private final Model model;
    private final Context context;
    private final Vocabulary vocabulary;

    private Perplexity(Task task) throws EngineException {
        this.task = task;
        this.file = GgufFile.read(task.model());
        int trained = file.contextLength() > 0 ? file.contextLength() : MOST_WINDOW;
        this.most = Math.max(LEAST_WINDOW, Math.min(task.windowTokens(), trained) / 2 * 2);
        EngineSpec spec = new EngineSpec(EngineSpec.Kind.LLAMA, task.natives(), task.model(), most, most / 2, most, task.threads(),
                EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, task.gpuLayers());
        Sizing sizing = Sizing.of(file, spec);
        Library library = Library.open(task.natives());
        model = Model.load(library, file, spec);
        try {
            vocabulary = new Vocabulary(model, file);
            context = Context.create(model, spec, most, sizing.threads(), new AbortFlag(arena));
        } catch (EngineException | RuntimeException e) {
            model.close();
            throw e;
        }
    }

    /**
     * Computes the perplexity of a model on a text.
     *
     * @throws EngineException as {@link LlamaEngine#open} does; LOGITS when the model gives no numbers
     * @throws IllegalArgumentException when the text has too few tokens
     */
    public static Result of(Task task, String text, Progress progress) throws EngineException {
        try (Perplexity perplexity = new Perplexity(task)) {
            return perplexity.measure(text, progress);
        }
    }

    private Result measure(String text, Progress progress) throws EngineException {
        int[] tokens = vocabulary.encode(text, false, false);
        int[] lead = lead();
        int window = Math.min(most, tokens.length + lead.length) / 2 * 2;
        if (window < LEAST_WINDOW) {
            throw new IllegalArgumentException("the text has " + tokens.length + " tokens, and at least " + LEAST_WINDOW + " are needed");
        }
        int fresh = window - lead.length;
        int windows = Math.min(task.mostWindows(), tokens.length / fresh);
        double loss = 0;
        for (int i = 0; i < windows; i++) {
            progress.at(i + 1, windows);
            int[] all = Arrays.copyOf(lead, window);
            System.arraycopy(tokens, i * fresh, all, lead.length, fresh);
            loss += loss(all);
        }
        int scored = windows * (window - window / 2);
        return new Result(Math.exp(loss / scored), scored, windows, window);
    }

    /** The token that every text of this model begins with; empty when there is none. */
    private int[] lead() {
        int[] special = vocabulary.encode("", true, false);
        return special.length > 0 && !vocabulary.endsGeneration(special[0]) ? new int[] {special[0]} : new int[0];
    }

    /** Negative log likelihood of a window's second half. */
    private double loss(int[] tokens) throws EngineException {
        context.clear(0);
        int first = tokens.length / 2 - 1;
        try (Arena own = Arena.ofConfined()) {
            Batch batch = new Batch(own, tokens.length);
            for (int i = 0; i < tokens.length; i++) {
                batch.add(tokens[i], i, 0, i >= first && i < tokens.length - 1);
            }
            int result = context.decode(batch);
            if (result != Context.DONE) {
                throw new EngineException(Code.ENGINE_LOST, "llama_decode failed with " + result + ": " + NativeLog.takeError("no reason given"));
            }
        }
        float[] logits = new float[vocabulary.size()];
        double loss = 0;
        for (int i = first; i < tokens.length - 1; i++) {
            context.logits(i, logits);
            if (Logits.argMax(logits) < 0) {
                throw new EngineException(Code.LOGITS, file.path() + " gives logits that are no numbers");
            }
            loss += Logits.logSum(logits) - logits[tokens[i + 1]];
        }
        return loss;
    }

    @Override public void close() {
        vocabulary.close();
        context.close();
        model.close();
    }
}
