package io.millrace.tests.bench.serving;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** What readers of running streams notice when long prompts arrive. */
final class StallRow implements Row {

    private static final int STREAMS = 8;
    private static final int LONG = 4_000;
    private static final Map<String, String> SETTINGS = Map.of("MILLRACE_ENGINE_CONTEXT_TOKENS", "32768");

    @Override
    public String name() {
        return "stall";
    }

    @Override
    public String title() {
        return "time between tokens of 8 running streams, without and with prompts of 4,000 tokens arriving";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int alone = stage.options().amount(20, 6);
        int loaded = stage.options().amount(75, 20);
        int prompts = stage.options().amount(3, 1);
        Load load = stage.load(SETTINGS);
        long begun = System.nanoTime() + TimeUnit.SECONDS.toNanos(3);
        long arrive = begun + TimeUnit.SECONDS.toNanos(alone);
        long until = arrive + TimeUnit.SECONDS.toNanos(loaded);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Heard>> running = new ArrayList<>();
            for (Ask ask : stage.asks(STREAMS, 32, stage.fitting(4_000))) {
                running.add(clients.submit(() -> load.hear(ask.without(stage.markers()), until)));
            }
            TimeUnit.NANOSECONDS.sleep(arrive - System.nanoTime());
            stage.say("now the long ones");
            List<Future<Heard>> longOnes = new ArrayList<>();
            for (int i = 0; i < prompts; i++) {
                Ask ask = Ask.greedy(stage.prompt(stage.fitting(LONG)), 2);
                longOnes.add(clients.submit(() -> load.hear(ask, until)));
                TimeUnit.MILLISECONDS.sleep(500);
            }
            List<Heard> longHeard = Load.all(longOnes);
            long over = longHeard.stream().mapToLong(Heard::endNanos).max().orElse(until);
            stage.say("the long ones are over");
            List<Heard> heard = Load.all(running);
            double without = tell(report, "alone", gaps(heard, begun, arrive));
            double with = tell(report, "with long prompts", gaps(heard, arrive, over));
            report.figure("ratio of the p99", "%.2f", with / without);
            report.figure("long prompts answered", "%d of %d", Report.done(longHeard), prompts);
            report.figure("long prompts, TTFT p50 s", "%.1f", Report.percentile(0.5, Report.firstMillis(longHeard)) / 1e3);
        }
        report.note(prompts + " prompts of " + stage.fitting(LONG) + " tokens; " + alone + " s alone, at most " + loaded + " s with them");
    }

    private static double tell(Report report, String what, double[] gaps) {
        double tail = Report.percentile(0.99, gaps);
        report.figure(what + ", time between tokens p50 / p99 ms", "%.0f / %.0f", Report.percentile(0.5, gaps), tail);
        return tail;
    }

    /** Milliseconds between pieces of one stream whose second came in this time. */
    private static double[] gaps(List<Heard> streams, long from, long to) {
        List<Double> gaps = new ArrayList<>();
        for (Heard stream : streams) {
            long[] at = stream.pieceNanos();
            for (int i = 1; i < at.length; i++) {
                if (at[i] > from && at[i] <= to) {
                    gaps.add((at[i] - at[i - 1]) / 1e6);
                }
            }
        }
        return gaps.stream().mapToDouble(each -> each).toArray();
    }
}
