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

/** 32 streams at once against the same ones one at a time, and against the engine's own loop. */
final class BatchingRow implements Row {

    private static final int STREAMS = 32;
    private static final int PROMPT = 32;
    private static final int FEW = 8;
    /** Streams of the engine's own loop, and how often each is run. */
    private static final Map<Integer, Integer> LOOPS = Map.of(1, 4, FEW, 2, STREAMS, 1);

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
        List<Double> together = new ArrayList<>();
        List<Double> few = new ArrayList<>();
        List<Double> alone = new ArrayList<>();
        List<Double> gain = new ArrayList<>();
        Map<Integer, List<Double>> loops = new TreeMap<>();
        List<Double> steps = new ArrayList<>();
        List<Double> stepMillis = new ArrayList<>();
        long done = 0;
        for (int round = 0; round < rounds; round++) {
            Load load = stage.load(Map.of());
            List<Ask> asks = stage.asks(STREAMS, PROMPT, tokens).stream().map(ask -> ask.without(stage.markers())).toList();
            String before = load.metrics();
            List<Heard> heard = load.together(stage.fresh(asks));
            String after = load.metrics();
            double inSteps = Metrics.gained(before, after, "millrace_engine_step_seconds");
            steps.add(Metrics.gained(before, after, "millrace_engine_steps"));
            stepMillis.add(1e3 * inSteps / steps.getLast());
            done += Report.done(heard);
            together.add(Report.tokensPerSecond(heard));
            for (int i = 0; i < LOOPS.get(FEW); i++) {
                few.add(Report.tokensPerSecond(load.together(stage.fresh(asks.subList(i * FEW, (i + 1) * FEW)))));
            }
            stage.say("round " + (round + 1) + " of " + rounds + ": at once done, now one at a time");
            alone.add(Report.tokensPerSecond(load.oneByOne(stage.fresh(asks))));
            gain.add(together.getLast() / alone.getLast());
            loop(stage, tokens, loops);
        }
        report.figure("32 at once, tokens/s", "%.1f", median(together));
        report.figure("32 at once, steps, ms each", "%.0f, %.0f", median(steps), median(stepMillis));
        report.figure("8 at once, tokens/s", "%.1f", median(few));
        report.figure("one at a time, tokens/s", "%.1f", median(alone));
        report.figure("ratio", "%.2f", median(gain));
        report.figure("came to their end", "%d of %d", done, rounds * STREAMS);
        loops.forEach((streams, rates) -> report.figure("engine's own loop at " + streams + ", tokens/s", "%.1f", median(rates)));
        report.figure("of the engine's own loop at 1, 8, 32", "%.2f, %.2f, %.2f", median(alone) / median(loops.get(1)),
                median(few) / median(loops.get(FEW)), median(together) / median(loops.get(STREAMS)));
        report.note("prompts of " + PROMPT + " tokens, answers of " + tokens + ", " + rounds + " rounds, medians");
    }

    private static void loop(Stage stage, int tokens, Map<Integer, List<Double>> loops) throws Exception {
        stage.say("the engine's own loop");
        EngineSpec spec = new EngineSpec(EngineSpec.Kind.LLAMA, Path.of(System.getProperty("millrace.natives")),
                stage.options().model(), 0, STREAMS, 512, 0, EngineSpec.KvType.F16, true, EngineSpec.Toggle.AUTO, -1);
        try (LlamaEngine engine = LlamaEngine.open(spec)) {
            DirectLoad.run(engine, prompts(stage, 1), tokens);
            for (Map.Entry<Integer, Integer> each : LOOPS.entrySet()) {
                for (int i = 0; i < each.getValue(); i++) {
                    Run run = DirectLoad.run(engine, prompts(stage, each.getKey()), tokens);
                    loops.computeIfAbsent(each.getKey(), _ -> new ArrayList<>()).add(run.tokensPerSecond());
                }
            }
        }
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
