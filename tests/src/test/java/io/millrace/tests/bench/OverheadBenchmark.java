package io.millrace.tests.bench;

import io.millrace.connector.gguf.SeedModel;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.tests.MillraceServer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/**
 * The price of the way from an HTTP client through lanes, batch and audit to the engine: tokens per second and time to
 * first token over HTTP against a batch of the same size driven straight on the adapter, the two in turn on the same machine.
 * A random model of Qwen2-0.5B's shape unless a file is given; figures are medians over the rounds.
 */
public final class OverheadBenchmark {

    private static final int[] STREAMS = {1, 8, 32};
    private static final int PROMPT_TOKENS = 32;
    private static final int WARM_TOKENS = 16;
    private static final SplittableRandom RANDOM = new SplittableRandom(1);

    private OverheadBenchmark() {}

    /** {@code [rounds [tokens [model.gguf]]]} */
    public static void main(String[] arguments) throws Exception {
        int rounds = arguments.length > 0 ? Integer.parseInt(arguments[0]) : 5;
        int tokens = arguments.length > 1 ? Integer.parseInt(arguments[1]) : 48;
        Path model = arguments.length > 2 ? Path.of(arguments[2]) : halfBillion();
        Map<Integer, List<Run>> direct = new LinkedHashMap<>();
        Map<Integer, List<Run>> http = new LinkedHashMap<>();
        try (MillraceServer server = MillraceServer.start(MillraceServer.temporaryFolder(), model, Map.of())) {
            HttpLoad load = new HttpLoad("127.0.0.1", server.port(), server.key());
            load.run(prompts(STREAMS[STREAMS.length - 1]), WARM_TOKENS);
            for (int round = 0; round < rounds; round++) {
                try (LlamaEngine engine = LlamaEngine.open(DirectLoad.spec(model, STREAMS[STREAMS.length - 1]))) {
                    DirectLoad.run(engine, prompts(1), WARM_TOKENS);
                    for (int streams : STREAMS) {
                        direct.computeIfAbsent(streams, _ -> new ArrayList<>()).add(DirectLoad.run(engine, prompts(streams), tokens));
                    }
                }
                load.run(prompts(1), WARM_TOKENS);
                for (int streams : STREAMS) {
                    http.computeIfAbsent(streams, _ -> new ArrayList<>()).add(load.run(prompts(streams), tokens));
                }
                System.out.println("round " + (round + 1) + " of " + rounds + " done");
            }
        }
        report(model, rounds, tokens, direct, http);
    }

    private static void report(Path model, int rounds, int tokens, Map<Integer, List<Run>> direct, Map<Integer, List<Run>> http) {
        System.out.printf("%s, %d processors, %d rounds, prompts of %d tokens, answers of %d; medians%n",
                model.getFileName(), Runtime.getRuntime().availableProcessors(), rounds, PROMPT_TOKENS, tokens);
        System.out.println("| streams | adapter tokens/s | HTTP tokens/s | HTTP / adapter | adapter TTFT ms | HTTP TTFT ms |");
        System.out.println("|---|---|---|---|---|---|");
        for (int streams : STREAMS) {
            double[] adapter = direct.get(streams).stream().mapToDouble(Run::tokensPerSecond).toArray();
            double[] overHttp = http.get(streams).stream().mapToDouble(Run::tokensPerSecond).toArray();
            double[] ratios = new double[rounds];
            for (int i = 0; i < rounds; i++) {
                ratios[i] = overHttp[i] / adapter[i];
            }
            System.out.printf("| %d | %.1f | %.1f | %.2f | %.1f | %.1f |%n", streams, Run.median(adapter), Run.median(overHttp),
                    Run.median(ratios), firstToken(direct.get(streams)), firstToken(http.get(streams)));
        }
    }

    private static double firstToken(List<Run> runs) {
        return Run.median(runs.stream().mapToDouble(Run::firstTokenMillis).toArray());
    }

    /** Others each time: the server would find those that it has had in its cells, and the adapter computes them all. */
    private static List<int[]> prompts(int streams) {
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < streams; i++) {
            prompts.add(RANDOM.ints(PROMPT_TOKENS, 300, 5_000).toArray());
        }
        return prompts;
    }

    private static Path halfBillion() throws Exception {
        Path file = MillraceServer.smallModel().resolveSibling("qwen2-0.5b.gguf");
        if (!Files.exists(file)) {
            System.out.println("writing a random model of Qwen2-0.5B's shape to " + file);
            SeedModel.write(file, "qwen2-0.5b", "q8_0", 1);
        }
        return file;
    }
}
