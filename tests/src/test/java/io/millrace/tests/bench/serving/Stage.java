package io.millrace.tests.bench.serving;

import io.millrace.connector.gguf.GgufFile;
import io.millrace.tests.MillraceServer;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;

/** What the rows work with: the model, prompts that never come twice, and one server at a time. Owned by one thread. */
final class Stage implements AutoCloseable {

    private static final int WARM_STREAMS = 8;
    private static final int WARM_TOKENS = 16;
    /** Below them lie bytes, above them rare words. */
    private static final int FIRST_WORD = 300;
    private static final int LAST_WORD = 5_000;

    private final Options options;
    private final GgufFile file;
    private final SplittableRandom random;
    private MillraceServer server;
    private Map<String, String> settings;
    private Path served;
    private int users;

    Stage(Options options) throws Exception {
        this.options = options;
        this.file = GgufFile.read(options.model());
        this.random = new SplittableRandom(options.seed());
    }

    Options options() {
        return options;
    }

    /** Load on a warm server with these settings beside the defaults; the one that runs already where they are the same. */
    Load load(Map<String, String> with) throws Exception {
        return load(options.model(), file, with);
    }

    Load load(Path model, GgufFile header, Map<String, String> with) throws Exception {
        if (server == null || !with.equals(settings) || !model.equals(served)) {
            close();
            say("starting a server with " + (with.isEmpty() ? "the defaults" : with.toString()));
            server = MillraceServer.start(MillraceServer.temporaryFolder(), model, with);
            settings = with;
            served = model;
            Load load = new Load(server);
            List<Ask> asks = new ArrayList<>();
            for (int i = 0; i < WARM_STREAMS; i++) {
                asks.add(Ask.greedy(tokens(header, 32), WARM_TOKENS));
            }
            load.together(asks);
        }
        return new Load(server);
    }

    void say(String what) {
        System.out.println("  " + what);
    }

    SplittableRandom random() {
        return random;
    }

    /** The model's context, and what of {@code tokens} half of it holds: small models run the same rows with less. */
    int fitting(int tokens) {
        return Math.min(tokens, file.contextLength() / 2);
    }

    /** A random prompt, as JSON. */
    String prompt(int length) {
        return tokens(file, length);
    }

    /** One of a given beginning, which is JSON too. */
    String after(String beginning, int length) {
        return beginning.substring(0, beginning.length() - 1) + "," + prompt(length).substring(1);
    }

    String tokens(GgufFile header, int length) {
        return Arrays.toString(numbers(header, length));
    }

    int[] numbers(int length) {
        return numbers(file, length);
    }

    /** For threads that have their own randomness. */
    String prompt(SplittableRandom own, int length) {
        return Arrays.toString(numbers(own, file, length));
    }

    private int[] numbers(GgufFile header, int length) {
        return numbers(random, header, length);
    }

    private static int[] numbers(SplittableRandom random, GgufFile header, int length) {
        int most = (int) Math.min(LAST_WORD, header.vocabulary() - 8);
        return random.ints(length, Math.min(FIRST_WORD, most / 2), most).toArray();
    }

    /** Several different requests. */
    List<Ask> asks(int count, int promptTokens, int maxTokens) {
        List<Ask> asks = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            asks.add(Ask.greedy(prompt(promptTokens), maxTokens));
        }
        return asks;
    }

    /** The same requests by somebody who has sent none before: no cache knows them. */
    List<Ask> fresh(List<Ask> asks) {
        String user = "user-" + ++users;
        return asks.stream().map(ask -> ask.by(user)).toList();
    }

    /** The tokens with which a model of random weights might end an answer. */
    int[] markers() {
        int size = (int) file.vocabulary();
        return file.name().endsWith("(random weights)") ? new int[] {size - 4, size - 3, size - 2, size - 1} : new int[0];
    }

    @Override
    public void close() {
        if (server != null) {
            server.close();
            server = null;
        }
    }
}
