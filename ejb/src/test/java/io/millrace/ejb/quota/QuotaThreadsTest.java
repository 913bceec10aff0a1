package io.millrace.ejb.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.quota.Verdict.Granted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CyclicBarrier;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Many calls of one key at once; elsewhere 663 tokens went through a limit of 100 that way. */
class QuotaThreadsTest {

    private static final int THREADS = 64;
    private static final int ROUNDS = 500;
    private static final int MOST_REFUSED = 20;
    private static final int LIMIT = 100;
    private static final int LARGE_ROUNDS = 30;
    private static final int LARGE_LIMIT = 20_000;
    private static final Moment NOW = new Moment(0, Instant.parse("2026-11-24T12:00:00Z"));

    @AutoClose
    private final ExecutorService threads = Executors.newFixedThreadPool(THREADS);

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void neverOneTokenTooMany(boolean aDay) throws Exception {
        Limits limits = limits(LIMIT, aDay);
        for (int round = 0; round < ROUNDS; round++) {
            Quota quota = quota();
            AtomicLong used = new AtomicLong();
            atOnce(() -> callUntilRefused(quota, limits, used));
            assertTrue(used.get() <= LIMIT, used + " tokens went through a limit of " + LIMIT);
            assertEquals(LIMIT - used.get(), quota.standing(limits, NOW).tokens().left(), "what was not used is free");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {true, false})
    void whatIsSetAsideIsExactlyTheLimit(boolean aDay) throws Exception {
        Limits limits = limits(LARGE_LIMIT, aDay);
        for (int round = 0; round < LARGE_ROUNDS; round++) {
            Quota quota = quota();
            LongAdder setAside = new LongAdder();
            atOnce(() -> {
                while (quota.reserve(limits, NOW, 1, 0) instanceof Granted) {
                    setAside.increment();
                }
            });
            assertEquals(LARGE_LIMIT, setAside.sum());
        }
    }

    private void atOnce(Runnable work) throws Exception {
        CyclicBarrier go = new CyclicBarrier(THREADS);
        List<Future<?>> all = new ArrayList<>();
        for (int thread = 0; thread < THREADS; thread++) {
            all.add(threads.submit(() -> {
                go.await();
                work.run();
                return null;
            }));
        }
        for (Future<?> each : all) {
            each.get(30, TimeUnit.SECONDS);
        }
    }

    private static Quota quota() {
        Quota quota = new Quota(NOW);
        quota.learn(NOW.day(), 0);
        return quota;
    }

    private static Limits limits(int tokens, boolean aDay) {
        return aDay ? new Limits(0, 0, 0, tokens) : new Limits(0, tokens, 0, 0);
    }

    /** As a call goes: a first guess, the exact count, an answer that is shorter than it might have been, mostly a failed one. */
    private static void callUntilRefused(Quota quota, Limits limits, AtomicLong used) {
        ThreadLocalRandom random = ThreadLocalRandom.current();
        for (int refused = 0; refused < MOST_REFUSED;) {
            int least = 1 + random.nextInt(3);
            if (!(quota.reserve(limits, NOW, 1 + random.nextInt(2), 0) instanceof Granted(Reservation reservation))) {
                refused++;
            } else if (reservation.adjust(NOW, least, least + random.nextInt(3)) instanceof Granted) {
                long spent = random.nextInt(16) == 0 ? random.nextLong(reservation.tokens() + 1) : 0;
                used.addAndGet(spent);
                reservation.settle(NOW, spent);
            } else {
                reservation.undo(NOW);
                refused++;
            }
        }
    }
}
