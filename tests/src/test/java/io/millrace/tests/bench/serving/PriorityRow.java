package io.millrace.tests.bench.serving;

import io.millrace.tests.Metrics;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/** Four times the load that the server can take, with and without lanes. */
final class PriorityRow implements Row {

    private static final int PROMPT = 32;
    private static final int TOKENS = 16;
    private static final int WORKERS = 34;
    private static final double OVERLOAD = 4;
    private static final String LANE_BOUND = "64";
    /** Shares of P0 and of P1; the rest is P3. */
    private static final double CRITICAL = 0.05;
    private static final double INTERACTIVE = 0.15;
    private static final Map<String, String> SETTINGS = Map.of("MILLRACE_LANES_P1", LANE_BOUND, "MILLRACE_LANES_P3", LANE_BOUND);

    /** @param lane for what the request stands, whatever lane it is sent to */
    private record Arrival(String lane, Ask ask, long afterNanos) {}

    @Override
    public String name() {
        return "priority";
    }

    @Override
    public String title() {
        return "four times the capacity: 80 % P3, 15 % P1, 5 % P0, with lanes and without";
    }

    @Override
    public void run(Stage stage, Report report) throws Exception {
        int seconds = stage.options().amount(60, 15);
        Load load = stage.load(SETTINGS);
        double capacity = capacity(stage, load, stage.options().amount(20, 8));
        report.figure("capacity, requests/s", "%.1f", capacity);
        List<Heard> unloaded = load.oneByOne(stage.asks(stage.options().amount(20, 5), PROMPT, TOKENS).stream()
                .map(ask -> ask.in("P0")).toList());
        first(report, "P0 one at a time", unloaded);
        List<Arrival> arrivals = arrivals(stage, capacity, seconds);
        report.figure("offered, requests/s", "%.1f", arrivals.size() / (double) seconds);
        // some of them come while another one's prompt is computed
        List<Arrival> critical = arrivals.stream().filter(each -> each.lane().equals("P0")).toList();
        first(report, "P0 alone, at the same times", overload(stage, load, critical, seconds, UnaryOperator.identity()).get("P0"));
        tell(report, load, "", overload(stage, load, arrivals, seconds, UnaryOperator.identity()));
        Load again = stage.load(SETTINGS);
        idle(again);
        List<Arrival> others = arrivals(stage, capacity, seconds);
        tell(report, again, "lanes off: ", overload(stage, again, others, seconds, _ -> "P1"));
        report.note(seconds + " s each, prompts of " + PROMPT + " tokens, answers of " + TOKENS + ", exponential arrivals, "
                + "lanes P1 and P3 hold " + LANE_BOUND + " requests; requests still open when the time is up are cut off and count, "
                + "in times to first token, with the time they had waited by then");
    }

    private static double capacity(Stage stage, Load load, int seconds) throws Exception {
        stage.say("measuring the capacity for " + seconds + " s");
        long start = System.nanoTime();
        long until = start + TimeUnit.SECONDS.toNanos(seconds);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Long>> done = new ArrayList<>();
            for (int i = 0; i < WORKERS; i++) {
                SplittableRandom own = stage.random().split();
                done.add(clients.submit(() -> {
                    long finished = 0;
                    while (System.nanoTime() < until) {
                        Ask ask = Ask.greedy(stage.prompt(own, PROMPT), TOKENS);
                        finished += load.hear(ask).done() ? 1 : 0;
                    }
                    return finished;
                }));
            }
            long all = Load.all(done).stream().mapToLong(Long::longValue).sum();
            return Math.max(0.1, all * 1e9 / (System.nanoTime() - start));
        }
    }

    private static List<Arrival> arrivals(Stage stage, double capacity, int seconds) {
        List<Arrival> arrivals = new ArrayList<>();
        double at = 0;
        while (true) {
            at -= Math.log(1 - stage.random().nextDouble()) / (OVERLOAD * capacity);
            if (at >= seconds) {
                return arrivals;
            }
            double which = stage.random().nextDouble();
            String lane = which < CRITICAL ? "P0" : which < CRITICAL + INTERACTIVE ? "P1" : "P3";
            arrivals.add(new Arrival(lane, Ask.greedy(stage.prompt(PROMPT), TOKENS), (long) (at * 1e9)));
        }
    }

    private static Map<String, List<Heard>> overload(Stage stage, Load load, List<Arrival> arrivals, int seconds,
                                                     UnaryOperator<String> sentTo) throws Exception {
        stage.say(arrivals.size() + " requests in " + seconds + " s");
        String before = load.metrics();
        long start = System.nanoTime();
        long until = start + TimeUnit.SECONDS.toNanos(seconds);
        Map<String, List<Future<Heard>>> open = new LinkedHashMap<>(Map.of("P0", new ArrayList<>(), "P1", new ArrayList<>(), "P3", new ArrayList<>()));
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Arrival arrival : arrivals) {
                TimeUnit.NANOSECONDS.sleep(start + arrival.afterNanos() - System.nanoTime());
                Ask ask = arrival.ask().in(sentTo.apply(arrival.lane()));
                open.get(arrival.lane()).add(clients.submit(() -> load.hear(ask, until)));
            }
        }
        Map<String, List<Heard>> heard = new LinkedHashMap<>();
        for (Map.Entry<String, List<Future<Heard>>> each : open.entrySet()) {
            heard.put(each.getKey(), Load.all(each.getValue()));
        }
        String after = load.metrics();
        double steps = Metrics.gained(before, after, "millrace_engine_steps");
        stage.say(String.format("%.0f steps of %.0f ms, %.0f of them cut short, %.0f pauses", steps,
                1e3 * Metrics.gained(before, after, "millrace_engine_step_seconds") / steps,
                Metrics.gained(before, after, "millrace_batch_interruptions"), Metrics.gained(before, after, "millrace_batch_pauses")));
        return heard;
    }

    private static void tell(Report report, Load load, String how, Map<String, List<Heard>> heard) throws Exception {
        String page = load.metrics();
        for (String lane : List.of("P0", "P1")) {
            first(report, how + lane, heard.get(lane).stream().filter(each -> each.status() != 429).toList());
        }
        for (String lane : List.of("P0", "P1", "P3")) {
            List<Heard> all = heard.get(lane);
            report.figure(how + lane + " finished / refused / cut off", "%d / %d / %d", Report.done(all), refused(all).size(),
                    all.size() - Report.done(all) - refused(all).size());
        }
        List<Heard> refused = heard.values().stream().flatMap(all -> refused(all).stream()).toList();
        report.figure(how + "refusals, p99 ms", "%.1f", Report.percentile(0.99,
                refused.stream().mapToDouble(Heard::tookMillis).toArray()));
        report.figure(how + "one step since the start, mean ms", "%.0f",
                1e3 * Metrics.value(page, "millrace_engine_step_seconds") / Metrics.value(page, "millrace_engine_steps"));
    }

    private static void first(Report report, String what, List<Heard> heard) {
        report.figure(what + ", TTFT p50 / p99 ms", "%.0f / %.0f", Report.percentile(0.5, Report.firstMillis(heard)),
                Report.percentile(0.99, Report.firstMillis(heard)));
    }

    private static List<Heard> refused(List<Heard> heard) {
        return heard.stream().filter(each -> each.status() == 429).toList();
    }

    private static void idle(Load load) throws Exception {
        for (int i = 0; i < 100 && Metrics.value(load.metrics(), "millrace_calls_in_flight") > 0; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
        }
    }
}
