package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.EngineSpec.Kind;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;

/**
 * What the adapter's own loop does, without a server above it: the limit that requests over HTTP are measured against.
 *
 * <p>{@code LlamaBenchmark <model.gguf> <natives> [threads] [split] [warm|json] [f32|bf16|q8_0] [noflash] [late]}; prints medians. Prompts of
 * 32 tokens before decoding.
 */
final class LlamaBenchmark {

    private static final int PROMPT = 32;
    private static final int STEPS = 24;
    private static final Sampling WARM =
            new Sampling(0.8f, 40, 0.95f, 0.05f, 1.1f, 0, 0, 1, Map.of(), null, -1);
    private static final Sampling JSON = new Sampling(0.8f, 40, 0.95f, 0.05f, 1, 0, 0, 1, Map.of(),
            "root ::= \"[\" item (\",\" item)* \"]\"\nitem ::= \"\\\"\" [a-zA-Z ]* \"\\\"\"", -1);

    private final LlamaEngine engine;
    private final Sampling sampling;

    private LlamaBenchmark(LlamaEngine engine, Sampling sampling) {
        this.engine = engine;
        this.sampling = sampling;
    }

    public static void main(String[] arguments) throws EngineException {
        List<String> all = List.of(arguments);
        int threads = all.size() > 2 ? Integer.parseInt(all.get(2)) : 0;
        boolean unified = !all.contains("split");
        EngineSpec spec = new EngineSpec(Kind.LLAMA, Path.of(all.get(1)), Path.of(all.get(0)),
                unified ? 8192 : 32 * 768, 32, 512, threads, kvType(all), unified, all.contains("noflash") ? Toggle.OFF : Toggle.AUTO, 0);
        Sampling sampling = all.contains("warm") ? WARM : all.contains("json") ? JSON : Sampling.GREEDY;
        long start = System.nanoTime();
        try (LlamaEngine engine = LlamaEngine.open(spec)) {
            System.out.printf("%s%nopened in %.0f ms%n", engine.model(), (System.nanoTime() - start) / 1e6);
            LlamaBenchmark benchmark = new LlamaBenchmark(engine, sampling);
            if (all.contains("late")) {
                benchmark.late();
                return;
            }
            for (int tokens : new int[] {8, 16, 32, 64, 128, 256, 512}) {
                benchmark.prefill(tokens, 5);
            }
            for (int batch : new int[] {1, 2, 4, 8, 16, 32}) {
                benchmark.decode(batch);
            }
        }
    }

    private static KvType kvType(List<String> options) {
        return Arrays.stream(KvType.values()).filter(type -> options.contains(type.name().toLowerCase(Locale.ROOT))).findFirst()
                .orElse(KvType.F16);
    }

    private int[] prompt(int seed, int length) {
        return new Random(seed).ints(length, 0, engine.model().vocabulary() - 4).toArray();
    }

    private void prefill(int tokens, int rounds) throws EngineException {
        double[] seconds = new double[rounds];
        SlotId slot = new SlotId(0);
        for (int round = 0; round < rounds; round++) {
            step(new SlotWork.Open(slot, Sampling.GREEDY));
            long start = System.nanoTime();
            step(new SlotWork.Prefill(slot, prompt(round, tokens), true));
            seconds[round] = (System.nanoTime() - start) / 1e9;
            step(new SlotWork.Release(slot));
        }
        System.out.printf("prefill %d: %.1f tokens/s (step %.0f ms)%n", tokens, tokens / median(seconds), median(seconds) * 1e3);
    }

    /** Steps beside a prompt of which 3,072 tokens are in KV cells: chunks of it, and answers of other sequences. */
    private void late() throws EngineException {
        SlotId slot = new SlotId(31);
        step(new SlotWork.Open(slot, Sampling.GREEDY));
        for (int i = 0; i < 6; i++) {
            step(new SlotWork.Prefill(slot, prompt(i, 512), false));
        }
        System.out.println("beside 3,072 tokens of another sequence:");
        for (int batch : new int[] {1, 8, 31}) {
            decode(batch);
        }
        System.out.println("with 8 answers in the same step:");
        chunks(slot, open(8), 0, 4, 8, 15, 32, 48, 56, 64);
        System.out.println("after 3,072 tokens of the same one:");
        chunks(slot, new int[0], 1, 4, 8, 15, 32, 48, 56, 63, 64, 128, 256);
    }

    /** So many tokens more of the slot's prompt, in steps with these answers' next tokens. */
    private void chunks(SlotId slot, int[] last, int... sizes) throws EngineException {
        for (int tokens : sizes) {
            double[] seconds = new double[3];
            for (int round = 0; round < seconds.length; round++) {
                List<SlotWork> work = decodes(last);
                if (tokens > 0) {
                    work.add(new SlotWork.Prefill(slot, prompt(round, tokens), false));
                }
                long start = System.nanoTime();
                step(work.toArray(SlotWork[]::new));
                seconds[round] = (System.nanoTime() - start) / 1e9;
            }
            System.out.printf("%d answers and %d prompt tokens: step %.0f ms%n", last.length, tokens, median(seconds) * 1e3);
        }
    }

    private static List<SlotWork> decodes(int[] last) {
        List<SlotWork> work = new ArrayList<>();
        for (int slot = 0; slot < last.length; slot++) {
            work.add(new SlotWork.Decode(new SlotId(slot), last[slot]));
        }
        return work;
    }

    private void decode(int batch) throws EngineException {
        int[] last = open(batch);
        double[] wall = new double[STEPS];
        double[] ours = new double[STEPS];
        for (int i = 0; i < STEPS; i++) {
            List<SlotWork> work = decodes(last);
            long start = System.nanoTime();
            StepResult.Done done = step(work.toArray(SlotWork[]::new));
            long nanos = System.nanoTime() - start;
            wall[i] = nanos / 1e9;
            ours[i] = (nanos - done.computeNanos()) / 1e9;
            done.outcomes().forEach(outcome -> last[outcome.slot().index()] = token(outcome));
        }
        System.out.printf("decode, batch %d: %.1f tokens/s (step %.2f ms, of which %.3f ms outside llama_decode)%n",
                batch, batch / median(wall), median(wall) * 1e3, median(ours) * 1e3);
        for (int slot = 0; slot < batch; slot++) {
            step(new SlotWork.Release(new SlotId(slot)));
        }
    }

    /** So many answers' first tokens. */
    private int[] open(int batch) throws EngineException {
        int[] last = new int[batch];
        for (int slot = 0; slot < batch; slot++) {
            last[slot] = token(step(new SlotWork.Open(new SlotId(slot), sampling),
                    new SlotWork.Prefill(new SlotId(slot), prompt(slot, PROMPT), true)).outcomes().getFirst());
        }
        return last;
    }

    private StepResult.Done step(SlotWork... work) throws EngineException {
        return (StepResult.Done) engine.step(new StepPlan(List.of(work)));
    }

    private static int token(SlotOutcome outcome) {
        return ((SlotOutcome.Sampled) outcome).token();
    }

    private static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted[sorted.length / 2];
    }
}
