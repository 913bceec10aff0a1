package io.millrace.tests.bench.serving;

import io.millrace.connector.llama.LlamaEngine;
import io.millrace.tests.Metrics;
import io.millrace.tests.bench.DirectLoad;
import io.millrace.tests.bench.Run;
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
        try (LlamaEngine loop = LlamaEngine.open(DirectLoad.spec(stage.options().model(), STREAMS))) {
            new Comparison(stage, loop, Map.of(), tokens).run(rounds).report(report, "");
            new Comparison(stage, loop, PROMPTS_FIRST, tokens).run(rounds).report(report, ", prompts first");
        }
        report.note("prompts of " + PROMPT + " tokens, answers of " + tokens + ", " + rounds + " rounds, medians; prompts first: "
                + PROMPTS_FIRST);
    }

    /** The server with some settings and the engine's own loop in turn; tokens a second by streams at once, and what else was seen. */
    private static final class Comparison {
        private final Stage stage;
        private final LlamaEngine loop;
        private final Load load;
        private final int tokens;
        private final Map<Integer, List<Double>> served = new TreeMap<>();
        private final Map<Integer, List<Double>> own = new TreeMap<>();
        private final List<Double> steps = new ArrayList<>();
        private final List<Double> stepMillis = new ArrayList<>();
        private final List<Double> firstMillis = new ArrayList<>();
        private long asked;
        private long done;

        Comparison(Stage stage, LlamaEngine loop, Map<String, String> settings, int tokens) throws Exception {
            this.stage = stage;
            this.loop = loop;
            this.load = stage.load(settings);
            this.tokens = tokens;
        }

        Comparison run(int rounds) throws Exception {
            DirectLoad.run(loop, prompts(stage, FEW), tokens);
            for (int round = 1; round <= rounds; round++) {
                stage.say("round " + round + " of " + rounds + ": all at once, some at once, one at a time; in turn with the engine's own loop");
                List<Ask> asks = stage.asks(STREAMS, PROMPT, tokens).stream().map(ask -> ask.without(stage.markers())).toList();
                String before = load.metrics();
                List<Heard> heard = serve(asks);
                String after = load.metrics();
                own(STREAMS);
                steps.add(Metrics.gained(before, after, "millrace_engine_steps"));
                stepMillis.add(1e3 * Metrics.gained(before, after, "millrace_engine_step_seconds") / steps.getLast());
                firstMillis.add(Report.percentile(0.5, Report.firstMillis(heard)));
                for (int i = 0; i < GROUPS; i++) {
                    serve(asks.subList(i * FEW, (i + 1) * FEW));
                    own(FEW);
                }
                for (Ask ask : asks.subList(0, GROUPS * FEW)) {
                    serve(List.of(ask));
                    own(1);
                }
            }
            return this;
        }

        private List<Heard> serve(List<Ask> asks) throws Exception {
            List<Heard> heard = load.together(stage.fresh(asks));
            asked += asks.size();
            done += Report.done(heard);
            served.computeIfAbsent(asks.size(), _ -> new ArrayList<>()).add(Report.tokensPerSecond(heard));
            return heard;
        }

        private void own(int streams) throws Exception {
            own.computeIfAbsent(streams, _ -> new ArrayList<>())
                    .add(DirectLoad.run(loop, prompts(stage, streams), tokens).tokensPerSecond());
        }

        void report(Report report, String how) {
            double[] server = medians(served);
            double[] engine = medians(own);
            report.figure("at 1, 8, 32 at once" + how + ", tokens/s", "%.1f, %.1f, %.1f", server[0], server[1], server[2]);
            report.figure("32 to one at a time" + how, "%.2f", server[2] / server[0]);
            report.figure("32 at once" + how + ": first token p50, ms; steps, ms each", "%.0f; %.0f, %.0f", median(firstMillis),
                    median(steps), median(stepMillis));
            report.figure("came to their end" + how, "%d of %d", done, asked);
            report.figure("engine's own loop at 1, 8, 32, tokens/s", "%.1f, %.1f, %.1f", engine[0], engine[1], engine[2]);
            report.figure("of the engine's own loop at 1, 8, 32" + how, "%.2f, %.2f, %.2f", server[0] / engine[0], server[1] / engine[1],
                    server[2] / engine[2]);
        }

        /** By streams at once, the fewest first. */
        private static double[] medians(Map<Integer, List<Double>> rates) {
            return rates.values().stream().mapToDouble(BatchingRow::median).toArray();
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
