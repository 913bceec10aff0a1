package io.millrace.ejb.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.quota.Verdict.Granted;
import io.millrace.ejb.quota.Verdict.Refused;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;

/** What holds for each history of a key, whatever calls come, end, fail and overlap. */
class QuotaInvariantsTest {

    private static final int STEPS = 300;
    private static final long MINUTE_NANOS = 60_000_000_000L;
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");

    /** One call that was let in, and what it used. */
    private record Call(long nanos, Reservation reservation, long used) {}

    @Property
    void noStretchOfTimeLetsMoreThroughThanTheBucketAndItsRefill(@ForAll Random random, @ForAll @IntRange(min = 1, max = 500) int limit) {
        Limits limits = new Limits(0, limit, 0, 0);
        History history = new History(random, limits);
        history.run();
        List<Call> calls = history.calls;
        for (int from = 0; from < calls.size(); from++) {
            long used = 0;
            for (int to = from; to < calls.size(); to++) {
                used += calls.get(to).used;
                double most = limit + (double) limit * (calls.get(to).nanos - calls.get(from).nanos) / MINUTE_NANOS;
                assertTrue(used <= most, used + " tokens where " + most + " may pass");
            }
        }
    }

    @Property
    void requestsObeyTheSameLaw(@ForAll Random random, @ForAll @IntRange(min = 1, max = 20) int limit) {
        History history = new History(random, new Limits(limit, 0, 0, 0));
        history.run();
        List<Call> calls = history.calls;
        for (int from = 0; from < calls.size(); from++) {
            for (int to = from; to < calls.size(); to++) {
                double most = limit + (double) limit * (calls.get(to).nanos - calls.get(from).nanos) / MINUTE_NANOS;
                assertTrue(to - from + 1 <= most, to - from + 1 + " requests where " + most + " may pass");
            }
        }
    }

    @Property
    void aDayAndTheCallsAtOnceNeverPassTheirLimit(@ForAll Random random, @ForAll @IntRange(min = 1, max = 2000) int aDay,
                                                  @ForAll @IntRange(min = 1, max = 5) int atOnce) {
        History history = new History(random, new Limits(0, 0, atOnce, aDay));
        history.run();
        assertTrue(history.calls.stream().mapToLong(Call::used).sum() <= aDay);
        assertTrue(history.mostAtOnce <= atOnce, history.mostAtOnce + " at once");
    }

    @Property
    void allIsFreeAgainAMinuteAfterTheLastCall(@ForAll Random random, @ForAll @IntRange(min = 1, max = 500) int limit) {
        Limits limits = new Limits(limit, limit, limit, 0);
        History history = new History(random, limits);
        history.run();
        history.endAll();
        history.nanos += MINUTE_NANOS;
        assertEquals(new Standing(new Standing.Gauge(limit, limit, 0), new Standing.Gauge(limit, limit, 0)),
                history.quota.standing(limits, history.now()));
    }

    @Property
    void whoComesAgainWhenHeWasToldToIsLetIn(@ForAll Random random, @ForAll @IntRange(min = 1, max = 500) int limit) {
        Limits limits = new Limits(limit, limit, 0, 0);
        History history = new History(random, limits);
        history.run();
        long tokens = 1 + random.nextInt(limit);
        if (history.quota.reserve(limits, history.now(), tokens, 0) instanceof Refused refused) {
            history.nanos += refused.waitSeconds() * 1_000_000_000L;
            assertInstanceOf(Granted.class, history.quota.reserve(limits, history.now(), tokens, 0));
        }
    }

    @Property
    void aRefusalChangesNothing(@ForAll Random random, @ForAll @IntRange(min = 1, max = 500) int limit) {
        Limits limits = new Limits(5, limit, 3, limit * 2);
        History history = new History(random, limits);
        history.run();
        Standing before = history.quota.standing(limits, history.now());
        if (history.quota.reserve(limits, history.now(), random.nextInt(limit * 3), 0) instanceof Refused) {
            assertEquals(before, history.quota.standing(limits, history.now()));
        }
    }

    /** Calls that come and end as chance has it; each uses what it set aside or less. */
    private static final class History {
        final Random random;
        final Limits limits;
        final Quota quota;
        final List<Call> calls = new ArrayList<>();
        final List<Call> open = new ArrayList<>();
        long nanos;
        int mostAtOnce;

        History(Random random, Limits limits) {
            this.random = random;
            this.limits = limits;
            this.quota = new Quota(now());
            quota.learn(now().day(), 0);
        }

        Moment now() {
            return new Moment(nanos, NOON.plusNanos(nanos));
        }

        void run() {
            for (int step = 0; step < STEPS; step++) {
                // many things happen at one instant, some are seconds apart, few a minute
                nanos += random.nextInt(3) == 0 ? 0 : (long) (MINUTE_NANOS * Math.pow(random.nextDouble(), 6));
                if (random.nextBoolean() || open.isEmpty()) {
                    begin();
                } else {
                    end(open.remove(random.nextInt(open.size())));
                }
            }
        }

        void endAll() {
            open.forEach(this::end);
            open.clear();
        }

        private void begin() {
            long estimate = 1 + random.nextInt(100);
            if (!(quota.reserve(limits, now(), estimate, 0) instanceof Granted(Reservation reservation))) {
                return;
            }
            long least = Math.max(1, estimate - 50 + random.nextInt(100));
            if (random.nextInt(10) == 0 || reservation.adjust(now(), least, least + random.nextInt(100)) instanceof Refused) {
                reservation.undo(now());
                return;
            }
            Call call = new Call(nanos, reservation, random.nextLong(reservation.tokens() + 1));
            calls.add(call);
            open.add(call);
            mostAtOnce = Math.max(mostAtOnce, open.size());
        }

        private void end(Call call) {
            call.reservation.settle(now(), call.used);
        }
    }
}
