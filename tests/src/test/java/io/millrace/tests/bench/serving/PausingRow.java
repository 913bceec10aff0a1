package io.millrace.tests.bench.serving;

import io.millrace.connector.gguf.GgufFile;
import io.millrace.tests.Metrics;
import io.millrace.tests.MillraceServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Whether an answer that was paused says what it says alone, sampled or not. */
final class PausingRow implements Row {

    private static final int SLOTS = 4;
    private static final int TOKENS = 200;
    private static final int BURSTS = 4;
    /** 32-bit sums in a fixed order, so that a difference is a mistake and not rounding. */
    private static final Map<String, String> SETTINGS = MillraceServer.exact(Map.of("MILLRACE_ENGINE_SLOTS", Integer.toString(SLOTS),
            "MILLRACE_BATCH_LEAST", Integer.toString(SLOTS), "MILLRACE_LANES_RESERVED", "0"));

    @Override
    public String name() {
        return "pausing";
    }

    @Override
    public String title() {
        return "P3 answers of the pilot model, alone and under random bursts of P0";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        Path pilot = Path.of(System.getProperty("millrace.root", ".")).resolve("models/millrace-pilot.gguf").toAbsolutePath();
        GgufFile header = GgufFile.read(pilot);
        int end = ((Number) header.metadata().get("tokenizer.ggml.eos_token_id")).intValue();
        int schedules = stage.options().amount(30, 5);
        Load load = stage.load(pilot, header, SETTINGS);
        int crowded = 0;
        int paused = 0;
        int incomplete = 0;
        double pausesBefore = Metrics.value(load.metrics(), "millrace_batch_pauses");
        for (int i = 0; i < schedules; i++) {
            List<Ask> asks = asks(stage, header, end);
            List<String> alone = texts(load.oneByOne(stage.fresh(asks)));
            crowded += differing(alone, texts(load.together(stage.fresh(asks))));
            List<Heard> heard = withBursts(stage, load, header, stage.fresh(asks));
            incomplete += (int) (heard.size() - Report.done(heard));
            paused += differing(alone, texts(heard));
        }
        int all = schedules * SLOTS;
        report.figure("pauses", "%.0f", Metrics.value(load.metrics(), "millrace_batch_pauses") - pausesBefore);
        report.figure("differ from alone, under bursts", "%d of %d", paused, all);
        report.figure("differ from alone, in company but not paused", "%d of %d", crowded, all);
        report.figure("under bursts not come to their end", "%d of %d", incomplete, all);
        report.note(schedules + " schedules of " + SLOTS + " streams of " + TOKENS + " tokens, every other one greedy, the others"
                + " sampled with a seed, " + BURSTS + " bursts of " + SLOTS + " P0 requests each; millrace-pilot, " + SETTINGS);
    }

    private static List<Ask> asks(Stage stage, GgufFile header, int end) {
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < SLOTS; i++) {
            Ask ask = Ask.greedy(stage.tokens(header, 24), TOKENS).in("P3").without(end);
            asks.add(i % 2 == 0 ? ask : ask.sampled(stage.random().nextInt(1, 1_000_000)));
        }
        return asks;
    }

    private static List<Heard> withBursts(Stage stage, Load load, GgufFile header, List<Ask> asks) throws Exception {
        SplittableRandom random = stage.random();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Heard>> heard = asks.stream().map(ask -> clients.submit(() -> load.hear(ask))).toList();
            List<Future<Heard>> critical = new ArrayList<>();
            for (int burst = 0; burst < BURSTS; burst++) {
                TimeUnit.MILLISECONDS.sleep(random.nextInt(5, 80));
                for (int i = 0; i < SLOTS; i++) {
                    Ask ask = Ask.greedy(stage.tokens(header, 16), random.nextInt(1, 12)).in("P0");
                    critical.add(clients.submit(() -> load.hear(ask)));
                }
            }
            Load.all(critical);
            return Load.all(heard);
        }
    }

    private static List<String> texts(List<Heard> heard) {
        return heard.stream().map(Heard::text).toList();
    }

    private static int differing(List<String> alone, List<String> other) {
        int count = 0;
        for (int i = 0; i < alone.size(); i++) {
            count += alone.get(i).equals(other.get(i)) ? 0 : 1;
        }
        return count;
    }
}
