package io.millrace.tests.bench.serving;

import io.millrace.tests.bench.Run;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a server's past costs those who come, and spares those who come back. */
final class PastRow implements Row {

    private static final int PROMPT = 1_200;
    private static final int PROBE = 500;
    private static final int ANSWER = 32;
    private static final int PROBES = 5;
    private static final int OWN = 16;

    @Override
    public String name() {
        return "past";
    }

    @Override
    public String title() {
        return "a request on an empty server and on one that has served long prompts; one of these again, with a little more";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int served = stage.options().amount(14, 4);
        serve(stage, report, served, "", Map.of());
        serve(stage, report, served, "without kv.disk: ", Map.of("MILLRACE_KV_DISK", "0B"));
        report.note(served + " prompts of " + stage.fitting(PROMPT) + " tokens served; " + PROBES + " requests of "
                + stage.fitting(PROBE) + " tokens each before and after, medians");
    }

    private static void serve(Stage stage, Report report, int count, String how, Map<String, String> with) throws Exception {
        Load load = stage.load(with);
        probe(stage, load, report, how + "empty");
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            prompts.add(stage.prompt(stage.fitting(PROMPT)));
            load.hear(Ask.greedy(prompts.getLast(), 4));
            stage.say("prompt " + (i + 1) + " of " + count + " served");
        }
        probe(stage, load, report, how + "used");
        List<Heard> again = new ArrayList<>();
        for (String prompt : prompts) {
            again.add(load.hear(Ask.greedy(stage.after(prompt, OWN), 4)));
        }
        report.figure(how + "come back, TTFT ms", "%.0f", Run.median(Report.firstMillis(again)));
        report.figure(how + "come back, tokens that were there", "%d of %d", again.stream().mapToInt(Heard::cached).sum(),
                again.stream().mapToInt(Heard::prompt).sum());
    }

    private static void probe(Stage stage, Load load, Report report, String how) {
        List<Heard> heard = new ArrayList<>();
        for (int i = 0; i < PROBES; i++) {
            heard.add(load.hear(Ask.greedy(stage.prompt(stage.fitting(PROBE)), ANSWER).without(stage.markers())));
        }
        report.figure(how + ", TTFT ms", "%.0f", Run.median(Report.firstMillis(heard)));
        report.figure(how + ", between tokens ms", "%.1f", Run.median(heard.stream().mapToDouble(PastRow::betweenMillis).toArray()));
    }

    private static double betweenMillis(Heard heard) {
        int pieces = heard.pieceNanos().length;
        return pieces < 2 ? Double.NaN : (heard.pieceNanos()[pieces - 1] - heard.pieceNanos()[0]) / 1e6 / (pieces - 1);
    }
}
