package io.millrace.tests.bench.serving;

import io.millrace.tests.Metrics;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** How much of the time the engine computes, and what lies in its KV cells, while mixed requests never run out. */
final class BusyRow implements Row {

    private static final int WORKERS = 40;
    private static final int LEAST_PROMPT = 16;
    private static final int MOST_PROMPT = 400;
    private static final int MOST_ANSWER = 96;
    private static final int SHARED = 200;
    private static final int LOOK_MS = 500;
    private static final String[] LANES = {"P1", "P2", "P3"};

    @Override
    public String name() {
        return "busy";
    }

    @Override
    public String title() {
        return "share of the time inside steps, and KV cells, with " + WORKERS + " clients that never pause";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        Load load = stage.load(Map.of());
        int seconds = stage.options().amount(60, 15);
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(seconds);
        String shared = stage.prompt(stage.fitting(SHARED));
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<List<Heard>>> heard = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                List<Ask> asks = asks(stage, shared, seconds);
                heard.add(clients.submit(() -> client(load, asks, until)));
            }
            TimeUnit.SECONDS.sleep(2);
            look(load, until - TimeUnit.SECONDS.toNanos(1), report);
            long done = Load.all(heard).stream().mapToLong(Report::done).sum();
            report.figure("requests that came to their end", "%d", done);
        }
        report.note(seconds + " s, prompts of " + LEAST_PROMPT + " to " + MOST_PROMPT + " tokens, a third of them after a beginning of "
                + SHARED + " that they share, answers of up to " + MOST_ANSWER + ", lanes P1 to P3; fragmentation: second copies of"
                + " the same tokens in KV cells, and cells that are left while a prompt waits for more, among those allocated");
    }

    private static List<Ask> asks(Stage stage, String shared, int count) {
        SplittableRandom random = stage.random();
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            int length = random.nextInt(LEAST_PROMPT, stage.fitting(MOST_PROMPT));
            String prompt = random.nextInt(3) == 0 ? stage.after(shared, LEAST_PROMPT) : stage.prompt(length);
            asks.add(Ask.greedy(prompt, random.nextInt(8, MOST_ANSWER)).in(LANES[random.nextInt(LANES.length)])
                    .without(stage.markers()));
        }
        return asks;
    }

    private static List<Heard> client(Load load, List<Ask> asks, long until) {
        List<Heard> heard = new ArrayList<>();
        for (Ask ask : asks) {
            if (System.nanoTime() < until) {
                heard.add(load.hear(ask, until));
            }
        }
        return heard;
    }

    private static void look(Load load, long until, Report report) throws Exception {
        String before = load.metrics();
        String page = before;
        long start = System.nanoTime();
        long end = start;
        List<Double> used = new ArrayList<>();
        List<Double> kept = new ArrayList<>();
        List<Double> running = new ArrayList<>();
        List<Double> fragmentation = new ArrayList<>();
        while (end < until) {
            TimeUnit.MILLISECONDS.sleep(LOOK_MS);
            page = load.metrics();
            end = System.nanoTime();
            used.add(Metrics.value(page, "millrace_kv_cells_used"));
            kept.add(Metrics.value(page, "millrace_kv_cells_kept"));
            fragmentation.add(Metrics.value(page, "millrace_kv_fragmentation"));
            running.add(Metrics.value(page, "millrace_batch_running"));
        }
        report.figure("share of the time inside steps", "%.3f",
                (Metrics.value(page, "millrace_engine_step_seconds") - Metrics.value(before, "millrace_engine_step_seconds"))
                        / ((end - start) / 1e9));
        report.figure("running, mean", "%.1f", mean(running));
        report.figure("KV cells used, mean / most / all", "%.0f / %.0f / %.0f", mean(used),
                used.stream().mapToDouble(each -> each).max().orElse(0), Metrics.value(page, "millrace_kv_cells"));
        report.figure("of those used, kept for later, mean share", "%.2f", mean(kept) / Math.max(1, mean(used)));
        report.figure("KV fragmentation, mean / most", "%.3f / %.3f", mean(fragmentation),
                fragmentation.stream().mapToDouble(each -> each).max().orElse(Double.NaN));
        report.figure("prompt tokens found in cells", "%.0f",
                Metrics.value(page, "millrace_kv_tokens_found") - Metrics.value(before, "millrace_kv_tokens_found"));
    }

    private static double mean(List<Double> values) {
        return values.stream().mapToDouble(each -> each).average().orElse(Double.NaN);
    }
}
