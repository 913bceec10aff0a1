package io.millrace.tests.failover;

import io.millrace.tests.upstream.Fault;
import io.millrace.tests.upstream.UpstreamProcess;
import io.millrace.tests.upstream.UpstreamProcess.Happened;
import io.millrace.tests.upstream.UpstreamProcess.Taken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/**
 * Streams through a {@link Pair}, some at a time, into each of which a fault falls at a random moment; before each round
 * it waits until the preferred upstream is used. Owned by one thread.
 */
final class Drill {

    private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(60);
    /** A round whose faults come after the first has closed the region may hit few streams. */
    private static final int MOST_ROUNDS_FOR_ONE = 4;
    private static final int STAGGER_MS = 100;

    private final Pair pair;
    private final long seed;
    private final SplittableRandom random;
    private final int atOnce;
    private final int words;
    private final double wordsPerSecond;
    private final List<Double> recoveries = new ArrayList<>();
    private int number;

    Drill(Pair pair, long seed, int atOnce, int words, double wordsPerSecond) {
        this.pair = pair;
        this.seed = seed;
        this.random = new SplittableRandom(seed);
        this.atOnce = atOnce;
        this.words = words;
        this.wordsPerSecond = wordsPerSecond;
    }

    /** Rounds until that ill has hit so many streams; all streams, with those that it missed. */
    List<Trial> run(Ill ill, int streams) throws Exception {
        List<Trial> trials = new ArrayList<>();
        int most = MOST_ROUNDS_FOR_ONE * ((streams + atOnce - 1) / atOnce);
        for (int round = 0; round < most && trials.stream().filter(Trial::hit).count() < streams; round++) {
            awaitPreferred();
            trials.addAll(ill.ofTheProcess() ? befallProcess(ill) : befallStreams(ill));
        }
        return trials;
    }

    /** How long each return to the preferred upstream took since it was well again, ms; forgets them. */
    List<Double> recoveriesMs() {
        List<Double> all = List.copyOf(recoveries);
        recoveries.clear();
        return all;
    }

    /** All of them lose both upstreams in the middle. */
    List<Told> nobodyLeft() throws Exception {
        awaitPreferred();
        List<String> prompts = prompts("last");
        List<Told> told = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Told>> streams = begin(clients, prompts);
            somewhereInTheMiddle();
            pair.b().kill();
            pair.a().kill();
            for (Future<Told> stream : streams) {
                told.add(stream.get());
            }
        }
        pair.a().restart();
        pair.b().restart();
        return told;
    }

    /** Asks short questions until the preferred upstream gets one. */
    void awaitPreferred() throws IOException, InterruptedException {
        long start = System.nanoTime();
        while (true) {
            String prompt = "short question " + ++number + " of " + seed;
            Told.ask(pair.server(), prompt, 2);
            if (taken(pair.a()).containsKey(prompt)) {
                recoveries.add((System.nanoTime() - start) / 1e6);
                return;
            }
            if (System.nanoTime() - start > PATIENCE_NANOS) {
                throw new AssertionError("region a is not used again within " + TimeUnit.NANOSECONDS.toSeconds(PATIENCE_NANOS) + " s");
            }
            TimeUnit.MILLISECONDS.sleep(50);
        }
    }

    private List<Trial> befallProcess(Ill ill) throws Exception {
        List<String> prompts = prompts(ill.word());
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Told>> streams = begin(clients, prompts);
            somewhereInTheMiddle();
            long fault = ill == Ill.KILL ? pair.a().kill() : pair.a().pause();
            List<Told> told = new ArrayList<>();
            for (Future<Told> stream : streams) {
                told.add(stream.get());
            }
            Map<String, List<Long>> accepted = taken(pair.b());
            if (ill == Ill.KILL) {
                pair.a().restart();
            } else {
                pair.a().resume();
            }
            List<Trial> trials = new ArrayList<>();
            for (int i = 0; i < prompts.size(); i++) {
                long taken = firstAfter(fault, accepted.get(prompts.get(i)));
                boolean hit = told.get(i).sentNanos() < fault && (taken != 0 || told.get(i).endNanos() > fault && !told.get(i).whole());
                trials.add(new Trial(prompts.get(i), words, told.get(i), hit ? fault : 0, taken));
            }
            return trials;
        }
    }

    private List<Trial> befallStreams(Ill ill) throws Exception {
        List<String> prompts = prompts(ill.word());
        for (String prompt : prompts) {
            pair.a().arm(new Fault(ill.fault(), after(ill), prompt));
        }
        List<Told> told = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Told> stream : begin(clients, prompts)) {
                told.add(stream.get());
            }
        }
        pair.a().disarm();
        Map<String, Long> faults = pair.a().faults().stream().collect(Collectors.toMap(fault -> message(fault.prompt()), Happened::nanos, Math::min));
        Map<String, List<Long>> accepted = taken(pair.b());
        List<Trial> trials = new ArrayList<>();
        for (int i = 0; i < prompts.size(); i++) {
            long fault = faults.getOrDefault(prompts.get(i), 0L);
            trials.add(new Trial(prompts.get(i), words, told.get(i), fault, firstAfter(fault, accepted.get(prompts.get(i)))));
        }
        return trials;
    }

    /** After how many words; a status can only come before the first, so that it does every other time. */
    private int after(Ill ill) {
        return ill == Ill.STATUS500 && random.nextBoolean() ? 0 : random.nextInt(-1, words - 1);
    }

    private List<String> prompts(String what) {
        List<String> prompts = new ArrayList<>();
        for (int i = 0; i < atOnce; i++) {
            // the point: no prompt is another one's beginning
            prompts.add("Tell of " + what + " number " + ++number + ".");
        }
        return prompts;
    }

    private List<Future<Told>> begin(ExecutorService clients, List<String> prompts) {
        List<Future<Told>> streams = new ArrayList<>();
        for (String prompt : prompts) {
            int delayMs = random.nextInt(STAGGER_MS);
            streams.add(clients.submit(() -> {
                TimeUnit.MILLISECONDS.sleep(delayMs);
                return Told.ask(pair.server(), prompt, words);
            }));
        }
        return streams;
    }

    private void somewhereInTheMiddle() throws InterruptedException {
        long wholeMs = (long) (words / wordsPerSecond * 1000);
        TimeUnit.MILLISECONDS.sleep(STAGGER_MS + random.nextLong(wholeMs / 20, wholeMs * 17 / 20));
    }

    /** When each prompt came, by the one user message of its chat. */
    private static Map<String, List<Long>> taken(UpstreamProcess upstream) {
        return upstream.requests().stream().collect(Collectors.groupingBy(taken -> message(taken.prompt()),
                Collectors.mapping(Taken::nanos, Collectors.toList())));
    }

    private static long firstAfter(long fault, List<Long> taken) {
        return taken == null ? 0 : taken.stream().filter(nanos -> nanos > fault).min(Long::compare).orElse(0L);
    }

    private static String message(String prompt) {
        return prompt.strip().replaceFirst("(?s)^.*user: ", "");
    }
}
