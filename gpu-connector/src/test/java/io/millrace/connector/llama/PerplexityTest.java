package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.llama.Perplexity.Result;
import io.millrace.connector.llama.Perplexity.Task;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PerplexityTest {

    private static final Path MODEL = Engines.model("llama-tiny");
    private static final String TEXT = "The mill turns as long as the water runs, and the water runs all day. ".repeat(20);

    private static Task task(int window, int most) {
        return new Task(Engines.NATIVES, MODEL, 1, 0, window, most);
    }

    private static Result of(Task task, String text) throws EngineException {
        return Perplexity.of(task, text, (_, _) -> { });
    }

    @Test void countsTheSecondHalfOfEachWindow() throws Exception {
        List<String> told = new ArrayList<>();
        Result result = Perplexity.of(task(64, 3), TEXT, (at, all) -> told.add(at + "/" + all));
        assertEquals(new Result(result.value(), 96, 3, 64), result);
        assertEquals(List.of("1/3", "2/3", "3/3"), told);
        assertTrue(Double.isFinite(result.value()) && result.value() > 1, "perplexity " + result.value());
        assertEquals(result, of(task(64, 3), TEXT));
    }

    /** The engine's own log probabilities of the same tokens, asked for one by one. */
    @Test void agreesWithTheEngine() throws Exception {
        Result result = of(task(32, 1), TEXT);
        EngineSpec spec = Engines.spec(MODEL, 64, 1, 32, true, EngineSpec.KvType.F16, EngineSpec.Toggle.AUTO);
        try (LlamaEngine engine = LlamaEngine.open(spec)) {
            int[] lead = Arrays.copyOf(engine.tokenizer().encode("", true, false), 1);
            int[] text = engine.tokenizer().encode(TEXT, false, false);
            int[] tokens = new int[32];
            tokens[0] = lead[0];
            System.arraycopy(text, 0, tokens, 1, 31);
            double loss = 0;
            for (int at = 16; at < 32; at++) {
                loss -= logprob(engine, Arrays.copyOf(tokens, at), tokens[at]);
            }
            assertEquals(Math.exp(loss / 16), result.value(), result.value() * 0.01);
        }
    }

    /** A bias that no other token can beat has the engine choose the token, and so tell its log probability before it. */
    private static double logprob(LlamaEngine engine, int[] before, int token) throws EngineException {
        SlotId slot = new SlotId(0);
        Sampling forced = new Sampling(0, 0, 1, 0, 1, 0, 0, 0, Map.of(token, 100f), null, 0);
        StepResult done = engine.step(new StepPlan(List.of(new SlotWork.Open(slot, forced), new SlotWork.Prefill(slot, before, true))));
        SlotOutcome.Sampled sampled = (SlotOutcome.Sampled) done.outcomes().getLast();
        engine.step(new StepPlan(List.of(new SlotWork.Release(slot))));
        assertEquals(token, sampled.token());
        return sampled.logprob();
    }

    @Test void takesAShorterWindowForAShortText() throws Exception {
        Result result = of(task(512, 8), TEXT.substring(0, 140));
        assertEquals(1, result.windows());
        assertTrue(result.windowTokens() < 512 && result.scoredTokens() == result.windowTokens() / 2, result.toString());
    }

    @Test void refusesATextThatIsTooShortAndWindowsThatAreNone() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> of(task(64, 1), "short")).getMessage().contains("at least 16"));
        assertThrows(IllegalArgumentException.class, () -> task(8, 1));
        assertThrows(IllegalArgumentException.class, () -> task(1024, 1));
        assertThrows(IllegalArgumentException.class, () -> task(64, 0));
    }

    @Test void eightBitsChangeItLittle(@TempDir Path folder) throws Exception {
        Path eight = folder.resolve("eight.gguf");
        Quantizer.write(Engines.NATIVES, MODEL, eight, Quantizer.Format.Q8_0, 1, false, (_, _) -> { });
        double before = of(task(64, 4), TEXT).value();
        double after = Perplexity.of(new Task(Engines.NATIVES, eight, 1, 0, 64, 4), TEXT, (_, _) -> { }).value();
        assertEquals(before, after, before * 0.2);
    }
}
