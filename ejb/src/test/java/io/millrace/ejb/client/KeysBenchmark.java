package io.millrace.ejb.client;

import io.millrace.config.Configuration;
import io.millrace.ejb.client.Keys.Created;
import io.millrace.ejb.lane.Lane;
import io.millrace.persistence.TestDatabase;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;

/** What it costs to recognise a key that is remembered: one thread, then four on the same key. */
final class KeysBenchmark {
    private static final int CALLS = 5_000_000;

    private KeysBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        try (TestDatabase database = new TestDatabase()) {
            Keys keys = new Keys(database.transactions(), Configuration.load(Optional.empty(), Map.of(), new Properties()));
            Created created = keys.create("benchmark", Lane.P1);
            for (int round = 0; round < 3; round++) {
                System.out.printf("1 thread: %.0f ns a call%n", nanosACall(keys, created.secret(), 1));
                System.out.printf("4 threads: %.0f ns a call in each%n", nanosACall(keys, created.secret(), 4));
            }
        }
    }

    private static double nanosACall(Keys keys, String secret, int threads) throws InterruptedException {
        Thread[] running = new Thread[threads];
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            running[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < CALLS; i++) {
                    if (keys.caller(secret).isEmpty()) {
                        throw new IllegalStateException("the key was not recognised");
                    }
                }
            });
        }
        for (Thread thread : running) {
            thread.join();
        }
        return (double) (System.nanoTime() - start) / CALLS;
    }
}
