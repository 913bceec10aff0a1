package io.millrace.ejb.audit;

import io.millrace.config.Configuration;
import io.millrace.persistence.TestDatabase;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.Semaphore;

/**
 * How many records a second reach the disk, and how long one takes, for several numbers of calls in flight. Needs
 * nothing but itself: {@code TrailBenchmark [seconds for each]}.
 */
final class TrailBenchmark {
    private TrailBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        long seconds = arguments.length > 0 ? Long.parseLong(arguments[0]) : 5;
        try (TestDatabase database = new TestDatabase();
                AuditStore store = new AuditStore(() -> database.dataSource().limitingStatements(Duration.ofSeconds(5)))) {
            System.out.println("fsync " + database.query("show fsync") + ", synchronous_commit " + database.query("show synchronous_commit"));
            GroupWriter writer = new GroupWriter(new Configuration.Audit(8_192, 256, Duration.ofSeconds(5), Duration.ofSeconds(10)),
                    store, Time.REAL);
            Thread thread = Thread.ofPlatform().start(writer);
            measure(writer, "warm-up", 256, seconds);
            for (int inFlight : new int[] {1, 8, 32, 256, 2_048}) {
                measure(writer, inFlight + " in flight", inFlight, seconds);
            }
            writer.close();
            thread.join();
        }
    }

    private static void measure(GroupWriter writer, String title, int inFlight, long seconds) throws InterruptedException {
        long[] micros = new long[5_000_000];
        Semaphore free = new Semaphore(inFlight);
        long start = System.nanoTime();
        int count = 0;
        while (System.nanoTime() - start < seconds * 1_000_000_000L && count < micros.length) {
            free.acquire();
            int number = count++;
            long sent = System.nanoTime();
            writer.record(Calls.call(title + "-" + number), () -> {
                micros[number] = (System.nanoTime() - sent) / 1_000;
                free.release();
            }, failure -> {
                throw new IllegalStateException(failure);
            });
        }
        free.acquire(inFlight);
        double elapsed = (System.nanoTime() - start) / 1e9;
        long[] sorted = Arrays.stream(micros, 0, count).sorted().toArray();
        System.out.printf("%s: %.0f records/s, to disk p50 %.2f ms, p99 %.2f ms%n", title, count / elapsed,
                sorted[count / 2] / 1e3, sorted[(int) (count * 0.99)] / 1e3);
    }
}
