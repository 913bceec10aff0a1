package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.gguf.GgufFile;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * What the choice of one token costs beside the model, for the vocabulary of Qwen2.
 *
 * <p>{@code SamplerBenchmark <any model.gguf>}, with {@code -Dmillrace.natives}; prints medians of microseconds for
 * logits as peaked as a trained model's, and for flat ones.
 */
final class SamplerBenchmark {

    private static final int VOCABULARY = 151_936;
    private static final int ROUNDS = 41;
    private static final int CHOICES = 50;
    private static final int[] HISTORY = {1, 2, 3};
    private static final List<Sampling> SAMPLINGS = List.of(sampling(0, 1, 0), sampling(40, 0.95f, 0),
            sampling(0, 0.95f, 0), sampling(0, 0.95f, 0.05f), sampling(0, 1, 0.05f), sampling(2000, 1, 0));

    private SamplerBenchmark() {}

    public static void main(String[] arguments) throws EngineException {
        EngineSpec spec = Engines.spec(Path.of(arguments[0]), 64, 1, 64, true, EngineSpec.KvType.F16,
                EngineSpec.Toggle.AUTO);
        Library library = Library.open(spec.natives());
        GgufFile file = GgufFile.read(spec.model());
        try (Model model = Model.load(library, file, spec); Arena arena = Arena.ofConfined()) {
            Vocabulary vocabulary = new Vocabulary(model, file);
            Candidates candidates = new Candidates(arena, VOCABULARY);
            for (float spread : new float[] {3, 0.5f}) {
                float[] logits = logits(spread);
                for (Sampling sampling : SAMPLINGS) {
                    measure(library, vocabulary, candidates, logits, spread, sampling);
                }
            }
        }
    }

    private static float[] logits(float spread) {
        Random random = new Random(1);
        float[] logits = new float[VOCABULARY];
        for (int i = 0; i < VOCABULARY; i++) {
            logits[i] = spread * (float) random.nextGaussian();
        }
        return logits;
    }

    private static Sampling sampling(int topK, float topP, float minP) {
        return new Sampling(0.8f, topK, topP, minP, 1, 0, 0, 7, Map.of(), null, -1);
    }

    private static void measure(Library library, Vocabulary vocabulary, Candidates candidates, float[] logits,
            float spread, Sampling sampling) throws EngineException {
        Shortlist shortlist = new Shortlist(VOCABULARY);
        double[] micros = new double[ROUNDS];
        try (Sampler sampler = Sampler.open(library, vocabulary, candidates,
                new SlotWork.Open(new SlotId(0), sampling))) {
            for (int round = 0; round < ROUNDS; round++) {
                long start = System.nanoTime();
                for (int i = 0; i < CHOICES; i++) {
                    sampler.choose(candidates, shortlist, logits, HISTORY, HISTORY.length);
                }
                micros[round] = (System.nanoTime() - start) / 1e3 / CHOICES;
            }
        }
        Arrays.sort(micros);
        System.out.printf("spread %s, top_k %d, top_p %s, min_p %s: %.0f µs%n", spread, sampling.topK(),
                sampling.topP(), sampling.minP(), micros[ROUNDS / 2]);
    }
}
