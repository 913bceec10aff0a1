package io.millrace.tests.bench.serving;

import io.millrace.tests.bench.Run;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** The workload with which llama.cpp's own server was measured on this kind of machine. */
final class ClientsRow implements Row {

    private static final int CLIENTS = 32;
    private static final int PROMPT = 30;
    private static final int TOKENS = 48;
    private static final int PREFIX_WORDS = 1_400;
    private static final List<String> WORDS = List.of(("the of and to in is you that it he was for on are with as his they be at"
            + " one have this from or had by hot word but what some we can out other were all there when up use your").split(" "));

    @Override
    public String name() {
        return "clients";
    }

    @Override
    public String title() {
        return "32 clients at once as llama.cpp's own server was measured, fresh prompts, and a long prefix";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int rounds = stage.options().amount(3, 1);
        double[] rate = new double[rounds];
        double[] half = new double[rounds];
        double[] tail = new double[rounds];
        Load load = stage.load(Map.of());
        for (int round = 0; round < rounds; round++) {
            List<Heard> heard = load.together(asks(stage, CLIENTS));
            rate[round] = Report.tokensPerSecond(heard);
            half[round] = Report.percentile(0.5, Report.firstMillis(heard)) / 1e3;
            tail[round] = Report.percentile(0.99, Report.firstMillis(heard)) / 1e3;
            stage.say("round " + (round + 1) + " of " + rounds + " done");
        }
        double serial = Report.tokensPerSecond(load.oneByOne(asks(stage, stage.options().amount(12, 4))));
        report.figure("tokens/s", "%.1f", Run.median(rate));
        report.figure("ratio to one at a time", "%.2f", Run.median(rate) / serial);
        report.figure("TTFT p50 s", "%.2f", Run.median(half));
        report.figure("TTFT p99 s", "%.2f", Run.median(tail));
        prefix(stage, load, report);
        report.note("answers of " + TOKENS + " tokens, prompts of " + PROMPT + ", " + rounds + " rounds, medians");
        report.note("measured before for llama.cpp's own server on this kind of machine (2 threads): 55–73 tokens/s, 2.5–3.1×"
                + " one at a time, TTFT p50 4.9–6.9 s (32 slots); 62 tokens/s, 13–14 s (8 slots); prefix 10.4 s → 0.28 s");
    }

    private static List<Ask> asks(Stage stage, int count) {
        return stage.asks(count, PROMPT, TOKENS).stream().map(ask -> ask.without(stage.markers())).toList();
    }

    private static void prefix(Stage stage, Load load, Report report) {
        String beginning = stage.random().ints(stage.fitting(PREFIX_WORDS), 0, WORDS.size()).mapToObj(WORDS::get)
                .collect(Collectors.joining(" "));
        Heard first = load.hear(Ask.greedy("\"" + beginning + " one\"", 4));
        Heard second = load.hear(Ask.greedy("\"" + beginning + " other\"", 4));
        report.figure("prefix of " + PREFIX_WORDS + " words (" + first.prompt() + " tokens), TTFT s", "%.2f → %.2f",
                first.firstMillis() / 1e3, second.firstMillis() / 1e3);
    }
}
