package io.millrace.pilot;

import io.millrace.connector.gguf.TensorType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;

/**
 * Trains the pilot model: {@code Trainer FOLDER STEPS}, on one thread or with {@code -Dthreads=N} on more. The folder keeps
 * vocabulary and checkpoint; started again, training goes on from there. At the end, and at each checkpoint, {@code
 * FOLDER/millrace-pilot.gguf} is written.
 */
public final class Trainer {

    static final long SEED = 20_261_124;
    static final int ROWS = 32;

    private static final double GREATEST_RATE = 3e-3;
    private static final double LEAST_RATE = 3e-5;
    private static final int WARM_UP_STEPS = 100;
    private static final int MOST_WAYS_BACK = 20;
    private static final Duration CHECKPOINT = Duration.ofMinutes(2);

    private final Path folder;
    private final int steps;
    private final BytePairs vocabulary;
    private final Weights weights = Weights.random(Shape.PILOT, SEED);
    private final AdamW optimiser = new AdamW(weights);
    private final Decoder decoder = new Decoder(weights);
    private final Lessons lessons;
    private int step;
    private int wentBack;

    private Trainer(Path folder, int steps) throws IOException {
        this.folder = folder;
        this.steps = steps;
        List<Corpus> corpora = Lessons.corpora();
        this.vocabulary = vocabulary(folder, corpora);
        this.lessons = new Lessons(corpora, vocabulary, SEED, ROWS);
        Path checkpoint = checkpoint(folder);
        if (Files.exists(checkpoint)) {
            step = Checkpoint.read(checkpoint, weights, optimiser);
        }
        System.out.printf("%,d weights, %,d tokens, %d facts; step %d of %d%n", weights.count(), vocabulary.size(),
                corpora.stream().mapToInt(corpus -> corpus.facts().size()).sum(), step, steps);
    }

    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 2) {
            throw new IllegalArgumentException("usage: Trainer FOLDER STEPS");
        }
        threads();
        Path folder = Files.createDirectories(Path.of(arguments[0]));
        new Trainer(folder, Integer.parseInt(arguments[1])).run();
    }

    /** PyTorch's, before it is loaded: more threads only wait for each other on a machine that does other work. */
    static void threads() {
        System.setProperty("ai.djl.offline", "true");
        System.setProperty("ai.djl.pytorch.num_threads", System.getProperty("threads", "1"));
        System.setProperty("ai.djl.pytorch.num_interop_threads", "1");
    }

    static Path checkpoint(Path folder) {
        return folder.resolve("checkpoint");
    }

    static BytePairs vocabulary(Path folder, List<Corpus> corpora) throws IOException {
        Path file = folder.resolve("merges.txt");
        if (!Files.exists(file)) {
            Files.write(file, Lessons.vocabulary(corpora, Shape.PILOT.vocabulary(), SEED).lines());
        }
        return BytePairs.of(Files.readAllLines(file));
    }

    private void run() throws IOException {
        long started = System.nanoTime();
        long saved = started;
        int first = step;
        double loss = Double.NaN;
        long tokens = 0;
        List<Batch> pool = step < steps ? lessons.pool(step / Lessons.POOL) : List.of();
        while (step < steps) {
            Batch batch = pool.get(step % Lessons.POOL);
            Decoder.Result result = decoder.learn(batch);
            if (!Float.isFinite(result.loss())) {
                step = goBack(result.loss());
                pool = lessons.pool(step / Lessons.POOL);
                continue;
            }
            step++;
            optimiser.apply(result.gradients(), rate(step), step);
            loss = Double.isNaN(loss) ? result.loss() : 0.97 * loss + 0.03 * result.loss();
            tokens += batch.tokens().length;
            long now = System.nanoTime();
            if (step % Lessons.POOL == 0) {
                pool = lessons.pool(step / Lessons.POOL);
                report(loss, (now - started) / 1e9, step - first, tokens);
            }
            if (now - saved > CHECKPOINT.toNanos()) {
                save();
                saved = now;
            }
        }
        save();
        System.out.println();
    }

    /** PyTorch's native library now and then gives a loss that is no number, on data on which it doesn't do so again. */
    private int goBack(float loss) throws IOException {
        if (++wentBack > MOST_WAYS_BACK || !Files.exists(checkpoint(folder))) {
            throw new IllegalStateException("the loss of step " + step + " is " + loss);
        }
        int back = Checkpoint.read(checkpoint(folder), weights, optimiser);
        System.out.printf("%nthe loss of step %d is %s; on from the checkpoint at step %d%n", step, loss, back);
        return back;
    }

    private void save() throws IOException {
        Checkpoint.write(checkpoint(folder), step, weights, optimiser);
        new PilotFile(weights, vocabulary).write(folder.resolve("millrace-pilot.gguf"), TensorType.F16);
    }

    /** Rises for a hundred steps and then falls along half a cosine. */
    private double rate(int at) {
        if (at < WARM_UP_STEPS) {
            return GREATEST_RATE * at / WARM_UP_STEPS;
        }
        double way = (double) (at - WARM_UP_STEPS) / Math.max(1, steps - WARM_UP_STEPS);
        return LEAST_RATE + (GREATEST_RATE - LEAST_RATE) * (1 + Math.cos(Math.PI * way)) / 2;
    }

    private void report(double loss, double seconds, int done, long tokens) {
        int filled = 24 * step / steps;
        Duration left = Duration.ofSeconds((long) (seconds / done * (steps - step)));
        System.out.printf(Locale.ROOT, "\r[%s%s] %d/%d  loss %.4f  %.0f tokens/s  %d:%02d left   ", "#".repeat(filled),
                ".".repeat(24 - filled), step, steps, loss, tokens / seconds, left.toMinutes(), left.toSecondsPart());
        System.out.flush();
    }
}
