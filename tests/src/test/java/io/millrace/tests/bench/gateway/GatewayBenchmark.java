package io.millrace.tests.bench.gateway;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.bench.Run;
import io.millrace.tests.bench.gateway.Load.Figures;
import io.millrace.tests.upstream.UpstreamProcess;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.ToDoubleFunction;

/**
 * Added latency at one client and throughput at 32, plain and streamed, of each {@link Way} by turns; medians over the
 * rounds. Millrace runs as it is delivered, with keys, lanes and audit, and with limits that are counted and never reached.
 */
public final class GatewayBenchmark {

    private static final int MANY = 32;
    private static final String DIRECT = "direct";
    private static final String MILLRACE = "Millrace";
    /** What the application server costs, with little of ours in it: a request is read, its key looked up, an error written. */
    private static final String REFUSED = "refused by Millrace: no such key";
    private static final Map<String, String> LIMITS = Map.of("MILLRACE_LIMITS_REQUESTS_PER_MINUTE", "100000000",
            "MILLRACE_LIMITS_TOKENS_PER_MINUTE", "100000000", "MILLRACE_LIMITS_TOKENS_PER_DAY", "2000000000",
            "MILLRACE_LIMITS_CONCURRENT_REQUESTS", "100000");

    private final int rounds;
    private final double seconds;
    private final double warmSeconds;
    private final Map<String, List<Figures>> figures = new LinkedHashMap<>();

    private GatewayBenchmark(boolean quick) {
        rounds = quick ? 2 : 5;
        seconds = quick ? 1.5 : 4;
        warmSeconds = quick ? 4 : 15;
    }

    /** {@code [--quick] [--without-millrace]} */
    public static void main(String[] arguments) throws Exception {
        List<String> options = List.of(arguments);
        if (!List.of("--quick", "--without-millrace").containsAll(options)) {
            System.err.println("millrace: bench gateway [--quick] [--without-millrace]");
            System.exit(2);
        }
        Path portkeyFolder = Path.of(System.getProperty("millrace.root", "..")).toAbsolutePath().resolve("build/bench/portkey");
        try (UpstreamProcess upstream = UpstreamProcess.start("mock", 0); Portkey portkey = Portkey.start(portkeyFolder)) {
            List<Way> ways = new ArrayList<>(List.of(new Way(DIRECT, upstream.port(), ""), portkey.to(upstream.baseUrl())));
            GatewayBenchmark benchmark = new GatewayBenchmark(options.contains("--quick"));
            if (options.contains("--without-millrace")) {
                benchmark.run(ways);
                return;
            }
            Map<String, String> settings = new HashMap<>(LIMITS);
            settings.putAll(Map.of("MILLRACE_REGIONS", "mock", "MILLRACE_REGION_MOCK_URL", upstream.baseUrl(),
                    "MILLRACE_REGION_MOCK_DIALECT", "llama", "MILLRACE_REGION_MOCK_MODELS", "story"));
            try (MillraceServer server = MillraceServer.start(MillraceServer.temporaryFolder(), settings)) {
                ways.add(1, new Way(MILLRACE, server.port(), "Authorization: Bearer " + server.key() + "\r\n"));
                ways.add(2, new Way(REFUSED, server.port(), "Authorization: Bearer none\r\n", 401));
                benchmark.run(ways);
            }
        }
    }

    private void run(List<Way> ways) throws Exception {
        for (Way way : ways) {
            load(way, false).run(MANY, warmSeconds / 2);
            if (way.streams()) {
                load(way, true).run(MANY, warmSeconds / 2);
            }
        }
        for (int round = 0; round < rounds; round++) {
            for (boolean streamed : new boolean[] {false, true}) {
                for (int clients : new int[] {1, MANY}) {
                    for (Way way : ways.stream().filter(each -> each.streams() || !streamed).toList()) {
                        figures.computeIfAbsent(key(way, streamed, clients), _ -> new ArrayList<>())
                                .add(load(way, streamed).run(clients, seconds));
                    }
                }
            }
            System.out.println("round " + (round + 1) + " of " + rounds + " done");
        }
        report(ways);
    }

    private static Load load(Way way, boolean streamed) {
        return new Load(way, "story", streamed);
    }

    private static String key(Way way, boolean streamed, int clients) {
        return way.name() + streamed + clients;
    }

    private void report(List<Way> ways) {
        System.out.printf("%d processors, %d rounds of %.1f s; medians; a mock upstream with answers of 16 tokens%n",
                Runtime.getRuntime().availableProcessors(), rounds, seconds);
        System.out.println("| way | plain, 1 client: added p50 ms | p99 ms | first streamed byte: added p50 ms | p99 ms"
                + " | plain/s, 32 clients | p50 ms | p99 ms | streams/s, 32 clients | p50 ms | p99 ms | bad |");
        System.out.println("|---|---|---|---|---|---|---|---|---|---|---|---|");
        for (Way way : ways) {
            String row = String.format("| %s | %.2f | %.2f | %.2f | %.2f | %.0f | %.1f | %.1f | %.0f | %.1f | %.1f | %d |", way.name(),
                    added(ways, way, false, 0.5), added(ways, way, false, 0.99), added(ways, way, true, 0.5), added(ways, way, true, 0.99),
                    median(way, false, MANY, Figures::perSecond), millis(way, false, MANY, 0.5), millis(way, false, MANY, 0.99),
                    median(way, true, MANY, Figures::perSecond), millis(way, true, MANY, 0.5), millis(way, true, MANY, 0.99), bad(way));
            System.out.println(row.replace("NaN", "–"));
        }
    }

    /** To one client, beyond the direct way; of that itself, all. */
    private double added(List<Way> ways, Way way, boolean streamed, double part) {
        Way direct = ways.getFirst();
        return millis(way, streamed, 1, part) - (way == direct ? 0 : millis(direct, streamed, 1, part));
    }

    private double millis(Way way, boolean streamed, int clients, double part) {
        return median(way, streamed, clients, run -> run.percentile(part)) / 1e3;
    }

    private double median(Way way, boolean streamed, int clients, ToDoubleFunction<Figures> figure) {
        List<Figures> runs = figures.get(key(way, streamed, clients));
        return runs == null ? Double.NaN : Run.median(runs.stream().mapToDouble(figure).toArray());
    }

    private int bad(Way way) {
        return figures.entrySet().stream().filter(entry -> entry.getKey().startsWith(way.name()))
                .flatMap(entry -> entry.getValue().stream()).mapToInt(Figures::bad).sum();
    }
}
