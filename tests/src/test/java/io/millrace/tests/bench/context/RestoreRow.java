package io.millrace.tests.bench.context;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.EngineSpec.Kind;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.batch.BatchSettings;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.kv.KvStore;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import io.millrace.tests.bench.Run;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Time to first token of a prompt that is computed, and of the same prompt in a process that has an empty KV cache and finds
 * the state on the disk. The engine and its loop are the server's, without HTTP; files have checksums and are not encrypted.
 */
public final class RestoreRow {

    private static final int ANSWER = 8;
    private static final int WARM = 40;
    private static final int FIRST_WORD = 300;
    private static final int LAST_WORD = 5_000;
    private static final long MEMORY_BYTES = 512L << 20;
    private static final LaneBounds BOUNDS = new LaneBounds(32, Long.MAX_VALUE, 1);
    private static final Origin ORIGIN = new Origin("tenant", "space");

    private RestoreRow() {}

    /** {@code RestoreRow MODEL [TOKENS [ROUNDS]]} */
    public static void main(String[] arguments) throws Exception {
        print(Path.of(arguments[0]), arguments.length > 1 ? Integer.parseInt(arguments[1]) : 2048,
                arguments.length > 2 ? Integer.parseInt(arguments[2]) : 3);
    }

    /** Prints a table of medians. */
    public static void print(Path model, int tokens, int rounds) throws Exception {
        Path folder = Files.createTempDirectory("millrace-kv-bench");
        SplittableRandom random = new SplittableRandom(1);
        List<int[]> prompts = new ArrayList<>();
        for (int i = 0; i < rounds; i++) {
            prompts.add(words(random, tokens));
        }
        try {
            List<Heard> computed = ask(model, folder, prompts, words(random, WARM), true);
            List<Heard> found = computed.subList(rounds, 2 * rounds);
            List<Heard> restored = ask(model, folder, prompts, words(random, WARM), false);
            report(model, tokens, computed.subList(0, rounds), found, restored);
        } finally {
            delete(folder);
        }
    }

    private record Heard(double firstMillis, int cached, String textHash) {}

    /**
     * In a numeric type as short as the cells' a token computed beside others comes out a little different from one that is
     * computed alone, so what is restored must be equal to what was found in cells.
     */
    private static void report(Path model, int tokens, List<Heard> computed, List<Heard> found, List<Heard> restored) {
        double first = Run.median(computed.stream().mapToDouble(Heard::firstMillis).toArray());
        double second = Run.median(restored.stream().mapToDouble(Heard::firstMillis).toArray());
        System.out.printf("%n| row | what | figure |%n|---|---|---|%n");
        System.out.printf("| restore | %d tokens computed, TTFT ms | %.0f |%n", tokens, first);
        System.out.printf("| restore | restored from disk, TTFT ms | %.0f |%n", second);
        System.out.printf("| restore | ratio | %.1f |%n", first / second);
        System.out.printf("| restore | tokens from the disk | %d of %d |%n", restored.getFirst().cached, tokens);
        System.out.printf("| restore | texts equal to those of the same prompts found in KV cells | %s |%n", same(found, restored));
        System.out.printf("| restore | texts equal to those of prompts computed as a whole | %s |%n", same(computed, restored));
        System.out.printf("| restore | found in KV cells, equal to computed as a whole | %s |%n", same(computed, found));
        System.out.printf("- %s, %d rounds, medians%n", model.getFileName(), computed.size());
    }

    private static String same(List<Heard> ones, List<Heard> others) {
        return IntStream.range(0, ones.size()).filter(i -> ones.get(i).textHash.equals(others.get(i).textHash)).count() + " of " + ones.size();
    }

    /** A process's life: engine and store are opened, every prompt is asked once, or twice where it saves, and all is closed. */
    private static List<Heard> ask(Path model, Path folder, List<int[]> prompts, int[] warm, boolean saves) throws Exception {
        int tokens = prompts.getFirst().length;
        ExecutorService writer = Executors.newSingleThreadExecutor();
        ExecutorService reader = Executors.newSingleThreadExecutor();
        KvStore store = new KvStore(folder, new KvStore.Bounds(64L << 30, MEMORY_BYTES), null, writer, reader, System::nanoTime);
        store.start();
        writer.submit(() -> { }).get();
        BatchLoop loop = new BatchLoop(open(model, tokens), _ -> open(model, tokens),
                new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS, Lane.P3, BOUNDS)), settings(), Duration.ofMinutes(10),
                store, saves ? Duration.ZERO : Duration.ofDays(1));
        Thread thread = Thread.ofPlatform().start(loop);
        try {
            ask(loop, warm);
            List<Heard> heard = new ArrayList<>();
            for (int[] prompt : prompts) {
                heard.add(ask(loop, prompt));
                while (saves && store.files() < heard.size()) {
                    TimeUnit.MILLISECONDS.sleep(5);
                }
                System.out.printf("  %s: first token after %.0f ms, %d of %d tokens found%n", saves ? "computed" : "restored",
                        heard.getLast().firstMillis, heard.getLast().cached, tokens);
            }
            for (int[] prompt : saves ? prompts : List.<int[]>of()) {
                heard.add(ask(loop, prompt));
            }
            return heard;
        } finally {
            loop.stop();
            thread.join();
            writer.shutdown();
            reader.shutdown();
        }
    }

    private static Heard ask(BatchLoop loop, int[] prompt) throws Exception {
        CompletableFuture<Answer> ended = new CompletableFuture<>();
        Answer answer = new Answer("benchmark", prompt.length, 1, ANSWER, List.of(), loop.tokenizer(),
                new Flow(1 << 20, () -> { }, () -> { }), ended::complete);
        long before = System.nanoTime();
        loop.offer(Lane.P1, List.of(new Sequence(answer, 0, Lane.P1, ORIGIN, Sampling.GREEDY, prompt, ANSWER)), Long.MAX_VALUE);
        ended.get();
        return new Heard((answer.firstTokenNanos() - before) / 1e6, answer.usage().cachedTokens(), String.valueOf(answer.textHash()));
    }

    private static EngineConnection open(Path model, int tokens) throws EngineException {
        return LlamaEngine.open(new EngineSpec(Kind.LLAMA, Path.of(System.getProperty("millrace.natives")).toAbsolutePath(), model,
                4 * tokens + 512, 4, 512, 0, KvType.F16, true, Toggle.AUTO, 0));
    }

    private static BatchSettings settings() {
        return new BatchSettings(1, 3, 1, 512, 512, 0, Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO, 1, 0.3, 0, KvType.F16, true);
    }

    private static int[] words(SplittableRandom random, int length) {
        return random.ints(length, FIRST_WORD, LAST_WORD).toArray();
    }

    private static void delete(Path folder) throws IOException {
        try (Stream<Path> files = Files.list(folder)) {
            for (Path each : files.toList()) {
                Files.delete(each);
            }
        }
        Files.delete(folder);
    }
}
