package io.millrace.tests.failover;

import io.millrace.tests.system.AuditTable;
import io.millrace.tests.upstream.UpstreamServer;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;

/**
 * Streams of 200 words whose upstream fails at a random moment in each of the ways of {@link Ill}: what their clients saw,
 * and how long it took until another upstream had the rest. Reports and asserts nothing.
 */
public final class FailoverBenchmark {

    private static final String USAGE = "bench failover [--rounds STREAMS_OF_EACH_KIND] [--quick] [--seed N] [--kinds "
            + String.join(",", Arrays.stream(Ill.values()).map(Ill::word).toList()) + "]";
    private static final double WORDS_PER_SECOND = 150;
    private static final int AT_ONCE = 8;
    private static final int SHOWN = 5;

    private int streams = 100;
    private long seed = 1;
    private List<Ill> ills = List.of(Ill.values());

    private FailoverBenchmark(String[] arguments) {
        for (int i = 0; i < arguments.length; i++) {
            switch (arguments[i]) {
                case "--quick" -> streams = 16;
                case "--rounds" -> streams = Integer.parseInt(value(arguments, ++i));
                case "--seed" -> seed = Long.parseLong(value(arguments, ++i));
                case "--kinds" -> ills = Stream.of(value(arguments, ++i).split(",")).map(Ill::of).toList();
                default -> throw new IllegalArgumentException("there is no option " + arguments[i]);
            }
        }
    }

    private static String value(String[] arguments, int at) {
        if (at >= arguments.length) {
            throw new IllegalArgumentException(arguments[at - 1] + " needs a value");
        }
        return arguments[at];
    }

    public static void main(String[] arguments) throws Exception {
        FailoverBenchmark benchmark;
        try {
            benchmark = new FailoverBenchmark(arguments);
        } catch (IllegalArgumentException e) {
            System.err.println("millrace: " + e.getMessage() + "; " + USAGE);
            System.exit(2);
            return;
        }
        benchmark.run();
    }

    private void run() throws Exception {
        List<String> table = new ArrayList<>();
        try (Pair pair = new Pair(WORDS_PER_SECOND, Map.of())) {
            Drill drill = new Drill(pair, seed, AT_ONCE, UpstreamServer.USUAL_WORDS, WORDS_PER_SECOND);
            // the way elsewhere is code that has not run yet
            drill.run(Ill.RESET, AT_ONCE);
            for (Ill ill : ills) {
                drill.awaitPreferred();
                drill.recoveriesMs();
                List<Trial> trials = drill.run(ill, streams);
                drill.awaitPreferred();
                // the first was no recovery: all was well before it
                List<Double> recoveries = drill.recoveriesMs();
                table.add(line(ill, trials, recoveries.subList(1, recoveries.size()), AuditTable.routes(pair.server())));
                System.out.println(table.getLast());
                trials.stream().filter(trial -> !trial.right()).limit(SHOWN).forEach(trial -> System.out.println("  " + trial));
            }
            List<Told> last = drill.nobodyLeft();
            table.add(String.format("all upstreams dead: %d of %d streams end with an error and an aborted connection, %d taken for whole",
                    last.stream().filter(told -> told.error() != null && !told.clean() && !told.done()).count(), last.size(),
                    last.stream().filter(told -> told.clean() || told.done()).count()));
        }
        System.out.printf("%n%d processors, streams of %d words at %.0f a second, %d at a time, seed %d; ms are p50 / p99%n",
                Runtime.getRuntime().availableProcessors(), UpstreamServer.USUAL_WORDS, WORDS_PER_SECOND, AT_ONCE, seed);
        System.out.println("| fault | streams | hit | failed | text differs | usage, finish or id wrong | fault to accepted ms | detection ms"
                + " | switch ms | resume ms | first used again p50 / most ms |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|");
        table.forEach(System.out::println);
    }

    private static String line(Ill ill, List<Trial> trials, List<Double> recoveries, Map<String, String> routes) throws IOException {
        List<Trial> resumed = trials.stream().filter(Trial::resumed).toList();
        List<Trial.Parts> parts = new ArrayList<>();
        for (Trial trial : resumed) {
            Trial.Parts of = trial.parts(routes, Pair.A, Pair.B);
            if (of != null) {
                parts.add(of);
            }
        }
        double[] back = recoveries.stream().mapToDouble(Double::doubleValue).sorted().toArray();
        return String.format(Locale.ROOT, "| %s | %d | %d | %d | %d | %d | %s | %s | %s | %s | %.0f / %.0f |", ill.word(), trials.size(),
                trials.stream().filter(Trial::hit).count(), trials.stream().filter(Trial::failed).count(),
                trials.stream().filter(trial -> !trial.failed() && trial.differs()).count(),
                trials.stream().filter(trial -> !trial.failed() && trial.misreported()).count(), percentiles(resumed, Trial::overallMs),
                percentiles(parts, Trial.Parts::detection), percentiles(parts, Trial.Parts::switching), percentiles(parts, Trial.Parts::resume),
                percentile(0.5, back), percentile(1, back));
    }

    private static <T> String percentiles(List<T> all, ToDoubleFunction<T> ms) {
        double[] sorted = all.stream().mapToDouble(ms).sorted().toArray();
        return sorted.length == 0 ? "–" : String.format(Locale.ROOT, "%.1f / %.1f", percentile(0.5, sorted), percentile(0.99, sorted));
    }

    /** Nearest rank. */
    private static double percentile(double part, double[] sorted) {
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }
}
