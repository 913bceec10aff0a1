package io.millrace.ejb.quota;

import io.millrace.ejb.quota.Verdict.Granted;
import java.time.Instant;

/** What a call pays for its key's limits, from the first guess to the end: one thread, then four on the same key. */
final class QuotaBenchmark {

    private static final int CALLS = 2_000_000;
    private static final Limits LIMITS = new Limits(Limits.MOST_PER_MINUTE, Limits.MOST_PER_MINUTE, 1000, Limits.MOST_PER_DAY);

    private QuotaBenchmark() {}

    public static void main(String[] arguments) throws Exception {
        for (int round = 0; round < 3; round++) {
            System.out.printf("1 thread: %.0f ns a call%n", nanosACall(1));
            System.out.printf("4 threads: %.0f ns a call in each%n", nanosACall(4));
        }
    }

    private static double nanosACall(int threads) throws InterruptedException {
        Quota quota = new Quota(now());
        Thread[] running = new Thread[threads];
        long start = System.nanoTime();
        for (int t = 0; t < threads; t++) {
            running[t] = Thread.ofPlatform().start(() -> {
                for (int i = 0; i < CALLS; i++) {
                    if (quota.reserve(LIMITS, now(), 10, 10) instanceof Granted(Reservation reservation)) {
                        reservation.adjust(now(), 20, 20);
                        reservation.settle(now(), 1);
                    }
                }
            });
        }
        for (Thread thread : running) {
            thread.join();
        }
        return (double) (System.nanoTime() - start) / CALLS;
    }

    private static Moment now() {
        return new Moment(System.nanoTime(), Instant.now());
    }
}
