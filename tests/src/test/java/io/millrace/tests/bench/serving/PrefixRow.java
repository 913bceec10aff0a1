package io.millrace.tests.bench.serving;

import io.millrace.tests.bench.Run;
import java.util.Map;

/** The first and the second request that begin alike. */
final class PrefixRow implements Row {

    private static final int SHARED = 1_500;
    private static final int OWN = 16;

    @Override
    public String name() {
        return "prefix";
    }

    @Override
    public String title() {
        return "time to first token of the first and of the second request with the same long beginning";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int rounds = stage.options().amount(3, 1);
        int shared = stage.fitting(SHARED);
        double[] first = new double[rounds];
        double[] second = new double[rounds];
        int cached = 0;
        Load load = stage.load(Map.of());
        for (int round = 0; round < rounds; round++) {
            String beginning = stage.prompt(shared);
            first[round] = load.hear(Ask.greedy(stage.after(beginning, OWN), 4)).firstMillis();
            Heard again = load.hear(Ask.greedy(stage.after(beginning, OWN), 4));
            second[round] = again.firstMillis();
            cached = again.cached();
            stage.say("round " + (round + 1) + " of " + rounds + " done");
        }
        report.figure("first, TTFT ms", "%.0f", Run.median(first));
        report.figure("second, TTFT ms", "%.0f", Run.median(second));
        report.figure("ratio", "%.1f", Run.median(first) / Run.median(second));
        report.figure("second's tokens from the cache", "%d of %d", cached, shared + OWN);
        report.note(rounds + " rounds, medians");
    }
}
