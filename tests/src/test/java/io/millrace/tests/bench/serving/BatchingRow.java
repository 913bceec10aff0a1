package io.millrace.tests.bench.serving;

import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.tests.Metrics;
import io.millrace.tests.bench.DirectLoad;
import io.millrace.tests.bench.Run;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * 32 streams at once against the same ones one at a time, and both and 8 at once against the engine's own loop, in turn with it. That
 * computes all prompts before any answer goes on, as the server does with {@code batch.stall = 0}.
 */
final class BatchingRow implements Row {

    private static final int STREAMS = 32;
    private static final int PROMPT = 32;
    private static final int FEW = 8;
    /** Of so many, in each round; and as many one at a time. */
    private static final int GROUPS = 2;
    private static final Map<String, String> PROMPTS_FIRST = Map.of("MILLRACE_BATCH_STALL", "0");

    @Override
    public String name() {
        return "batching";
    }

    @Override
    public String title() {
        return "32 streams at once, the same one at a time, and the engine's own loop";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int rounds = stage.options().amount(2, 1);
        int tokens = stage.options().amount(48, 12);
        EngineSpec spec = new EngineSpec(EngineSpec.Kind.LLAMA, Path.of(System.getProperty("millrace.natives")),
                stage.options().model(), 0, STREAMS, 512, 0, EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, -1);
        try (LlamaEngine loop = LlamaEngine.open(spec)) {
            report(report, "", measure(stage, loop, Map.of(), rounds, tokens));
            report(report, ", prompts first", measure(stage, loop, PROMPTS_FIRST, rounds, tokens));
        }
        report.note("prompts of " + PROMPT + " tokens, answers of " + tokens + ", " + rounds + " rounds, medians; prompts first: "
                + PROMPTS_FIRST);
    }

    /** Tokens a second by streams at once, of the server and of the engine's own loop, and what else was seen. */
    private static final class Seen {
        private final Map<Integer, List<Double>> served = new TreeMap<>();
        private final Map<Integer, List<Double>> own = new TreeMap<>();
        private final List<Double> steps = new ArrayList<>();
        private final List<Double> stepMillis = new ArrayList<>();
        private final List<Double> firstMillis = new ArrayList<>();
        private long asked;
        private long done;

        double served(int streams) {
            return median(served.get(streams));
        }

        double part(int streams) {
            return served(streams) / median(own.get(streams));
        }
    }

    private static Seen measure(Stage stage, LlamaEngine loop, Map<String, String> settings, int rounds, int tokens) throws Exception {
        Seen seen = new Seen();
        Load load = stage.load(settings);
        DirectLoad.run(loop, prompts(stage, FEW), tokens);
        for (int round = 1; round <= rounds; round++) {
            stage.say("round " + round + " of " + rounds + ": all at once, some at once, one at a time; in turn with the engine's own loop");
            List<Ask> asks = stage.asks(STREAMS, PROMPT, tokens).stream().map(ask -> ask.without(stage.markers())).toList();
            String before = load.metrics();
            List<Heard> heard = together(stage, load, loop, asks, seen, tokens);
            String after = load.metrics();
            seen.steps.add(Metrics.gained(before, after, "millrace_engine_steps"));
            seen.stepMillis.add(1e3 * Metrics.gained(before, after, "millrace_engine_step_seconds") / seen.steps.getLast());
            seen.firstMillis.add(Report.percentile(0.5, Report.firstMillis(heard)));
            for (int i = 0; i < GROUPS; i++) {
                together(stage, load, loop, asks.subList(i * FEW, (i + 1) * FEW), seen, tokens);
            }
            for (Ask ask : asks.subList(0, GROUPS * FEW)) {
                together(stage, load, loop, List.of(ask), seen, tokens);
            }
        }
        return seen;
    }

    /** The server's, then the loop's as many. */
    private static List<Heard> together(Stage stage, Load load, LlamaEngine loop, List<Ask> asks, Seen seen, int tokens) throws Exception {
        List<Heard> heard = load.together(stage.fresh(asks));
        seen.asked += asks.size();
        seen.done += Report.done(heard);
        seen.served.computeIfAbsent(asks.size(), _ -> new ArrayList<>()).add(Report.tokensPerSecond(heard));
        seen.own.computeIfAbsent(asks.size(), _ -> new ArrayList<>())
                .add(DirectLoad.run(loop, prompts(stage, asks.size()), tokens).tokensPerSecond());
        return heard;
    }

    private static void report(Report report, String how, Seen seen) {
        report.figure("at 1, 8, 32 at once" + how + ", tokens/s", "%.1f, %.1f, %.1f", seen.served(1), seen.served(FEW), seen.served(STREAMS));
        report.figure("32 to one at a time" + how, "%.2f", seen.served(STREAMS) / seen.served(1));
        report.figure("32 at once" + how + ": first token p50, ms; steps, ms each", "%.0f; %.0f, %.0f", median(seen.firstMillis), median(seen.steps),
                median(seen.stepMillis));
        report.figure("came to their end" + how, "%d of %d", seen.done, seen.asked);
        report.figure("engine's own loop at 1, 8, 32, tokens/s", "%.1f, %.1f, %.1f", median(seen.own.get(1)), median(seen.own.get(FEW)),
                median(seen.own.get(STREAMS)));
        report.figure("of the engine's own loop at 1, 8, 32" + how, "%.2f, %.2f, %.2f", seen.part(1), seen.part(FEW), seen.part(STREAMS));
    }

    private static List<int[]> prompts(Stage stage, int count) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(stage.numbers(PROMPT));
        }
        return prompts;
    }

    private static double median(List<Double> values) {
        return Run.median(values.stream().mapToDouble(Double::doubleValue).toArray());
    }
}
