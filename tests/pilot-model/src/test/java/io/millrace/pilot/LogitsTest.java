package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.gguf.TensorType;
import io.millrace.connector.llama.RawLogits;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** llama.cpp computes what the trainer computed. */
class LogitsTest {

    private static final int PROMPTS = 20;
    private static final double F32_BOUND = 1e-2;
    private static final double F16_BOUND = 0.25;

    @TempDir
    Path folder;

    @Test
    void areTheTrainersInF32AndCloseToThemInF16() throws IOException, EngineException {
        Trainer.threads();
        Weights weights = TrainedModel.weights();
        Path exact = folder.resolve("f32.gguf");
        new PilotFile(weights, TrainedModel.vocabulary()).write(exact, TensorType.F32);
        double f32 = greatestDifference(weights, exact, KvType.F32);
        double f16 = greatestDifference(weights, TrainedModel.FILE, KvType.F16);
        System.out.printf("greatest difference of a logit on %d prompts: %.2e in F32, %.2e in F16%n", PROMPTS, f32, f16);
        assertTrue(f32 <= F32_BOUND, () -> "F32: " + f32);
        assertTrue(f16 <= F16_BOUND, () -> "F16: " + f16);
    }

    private static double greatestDifference(Weights weights, Path file, KvType kv) throws EngineException {
        Decoder decoder = new Decoder(weights);
        double greatest = 0;
        try (RawLogits llama = new RawLogits(TrainedModel.spec(file, kv))) {
            for (Question question : Question.heldOut().stream().skip(30).limit(PROMPTS).toList()) {
                Tokenizer tokenizer = llama.tokenizer();
                int[] tokens = tokenizer.encode(tokenizer.chat(
                        List.of(new Tokenizer.Turn("user", question.turns().getFirst())), true), true, true);
                float[] theirs = llama.after(tokens);
                float[] ours = decoder.logits(tokens);
                for (int i = 0; i < ours.length; i++) {
                    greatest = Math.max(greatest, Math.abs(ours[i] - theirs[i]));
                }
            }
        }
        return greatest;
    }
}
