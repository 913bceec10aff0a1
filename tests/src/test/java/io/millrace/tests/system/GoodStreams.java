package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** A client that streams the same good request again and again while something else happens. */
final class GoodStreams {

    private static final int TOKENS = 24;

    private final ExecutorService thread = Executors.newSingleThreadExecutor();
    private final Future<List<String>> answers;
    private final String alone;
    private volatile boolean stopping;

    private GoodStreams(Client client) {
        alone = stream(client);
        answers = thread.submit(() -> {
            List<String> heard = new ArrayList<>();
            do {
                heard.add(stream(client));
            } while (!stopping);
            return heard;
        });
    }

    /** Streams once alone, then goes on until {@link #stop}. */
    static GoodStreams start(Client client) {
        return new GoodStreams(client);
    }

    /** Fails unless each answer since the start is what it was alone. Idempotent. */
    void stop() {
        stopping = true;
        try {
            assertTrue(alone.endsWith("|true"), alone);
            for (String answer : answers.get()) {
                assertEquals(alone, answer);
            }
        } catch (InterruptedException | ExecutionException e) {
            throw new AssertionError("a good stream failed beside it", e);
        } finally {
            thread.shutdown();
        }
    }

    private static String stream(Client client) {
        return client.stream(Client.endless("What does the mill do?", TOKENS)).content();
    }
}
