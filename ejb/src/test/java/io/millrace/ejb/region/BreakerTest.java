package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.region.Breaker.Severity;
import io.millrace.ejb.region.Breaker.State;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class BreakerTest {

    private static final long MS = 1_000_000;
    /** {@link System#nanoTime} may begin anywhere. */
    private static final long ORIGIN = Long.MAX_VALUE - 5_000 * MS;
    private static final int TICK_MS = 100;

    private final Breaker breaker = new Breaker();
    private long now = ORIGIN;

    private void sleep(long millis) {
        now += millis * MS;
    }

    private long enter() {
        long pass = breaker.enter(now);
        assertNotEquals(Breaker.REFUSED, pass);
        return pass;
    }

    private void fail(Severity severity) {
        breaker.failed(enter(), now, severity);
    }

    /** How long it lets nobody in. */
    private long pauseMs() {
        long since = now;
        while (!breaker.allows(now)) {
            sleep(1);
        }
        return (now - since) / MS;
    }

    @Test
    void opensAtOnceForARegionThatCannotBeReached() {
        fail(Severity.WHOLE_REGION);
        assertFalse(breaker.allows(now));
        assertEquals(1, breaker.opened());
    }

    @Test
    void opensForTwoBrokenAnswersInARowThoughEachHadBegun() {
        for (int i = 0; i < 2; i++) {
            assertTrue(breaker.allows(now));
            long pass = enter();
            breaker.served(pass, now);
            breaker.failed(pass, now, Severity.ONE_CALL);
        }
        assertFalse(breaker.allows(now));
    }

    @Test
    void opensWhenHalfOfTheLastAnswersBreak() {
        for (int i = 0; i < 3; i++) {
            assertEquals(State.CLOSED, breaker.state(), "after " + i);
            breaker.succeeded(enter(), now);
            fail(Severity.ONE_CALL);
        }
        assertEquals(State.OPEN, breaker.state());
        Breaker other = new Breaker();
        for (int i = 0; i < 200; i++) {
            long pass = other.enter(now);
            if (i % 3 == 0) {
                other.failed(pass, now, Severity.ONE_CALL);
            } else {
                other.succeeded(pass, now);
            }
            assertEquals(State.CLOSED, other.state(), "a third is not half");
        }
    }

    @Test
    void doublesItsPauseWithEachTrialThatFailsUpToFourSeconds() {
        fail(Severity.WHOLE_REGION);
        for (long pause : new long[] {250, 500, 1000, 2000, 4000, 4000, 4000}) {
            assertEquals(pause, pauseMs());
            fail(Severity.ONE_CALL);
        }
    }

    @Test
    void pausesAsBrieflyForAHundredCallsThatBreakTogetherAsForOne() {
        List<Long> passes = new ArrayList<>();
        for (int i = 0; i < 100; i++) {
            passes.add(enter());
        }
        passes.forEach(pass -> breaker.failed(pass, now, Severity.WHOLE_REGION));
        assertEquals(Breaker.FIRST_PAUSE_MS, pauseMs());
    }

    @Test
    void isNotTalkedOutOfATrialByCallsFromBefore() {
        long before = enter();
        fail(Severity.WHOLE_REGION);
        pauseMs();
        long trial = enter();
        breaker.failed(before, now, Severity.WHOLE_REGION);
        breaker.served(before, now);
        breaker.succeeded(before, now);
        breaker.toldNothing(before, now);
        assertEquals(State.TRIAL, breaker.state());
        breaker.served(trial, now);
        breaker.failed(before, now, Severity.WHOLE_REGION);
        assertEquals(State.CLOSED, breaker.state(), "what broke before it came back is not held against it");
    }

    @Test
    void triesAgainAtOnceWhenATrialTellsNothing() {
        fail(Severity.WHOLE_REGION);
        pauseMs();
        long cancelled = enter();
        assertEquals(Breaker.REFUSED, breaker.enter(now));
        breaker.toldNothing(cancelled, now);
        long trial = enter();
        breaker.served(trial, now);
        breaker.toldNothing(trial, now);
        assertEquals(State.CLOSED, breaker.state());
    }

    @Test
    void waitsNoLongerThanThirtySecondsForATrialThatNobodyReportsOn() {
        fail(Severity.WHOLE_REGION);
        pauseMs();
        enter();
        assertEquals(30_000, pauseMs());
        enter();
    }

    @Test
    void leavesARegionAloneForAsLongAsItAsks() {
        breaker.leaveAlone(now, 7_000);
        breaker.leaveAlone(now, 1_000);
        assertEquals(7_000, pauseMs());
        breaker.succeeded(enter(), now);
        assertEquals(State.CLOSED, breaker.state());
    }

    @Test
    void beginsWithShortPausesAgainAfterTenGoodSeconds() {
        fail(Severity.WHOLE_REGION);
        pauseMs();
        breaker.succeeded(enter(), now);
        fail(Severity.WHOLE_REGION);
        assertEquals(500, pauseMs());
        breaker.succeeded(enter(), now);
        sleep(10_001);
        breaker.succeeded(enter(), now);
        fail(Severity.WHOLE_REGION);
        assertEquals(250, pauseMs());
    }

    /** Whatever happens, and whatever calls from before report. */
    @Property(tries = 300)
    void neverHasTwoTrialsUnderWay(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Breaker one = new Breaker();
        long time = ORIGIN;
        Map<Long, Boolean> passes = new HashMap<>();
        long trial = Breaker.REFUSED;
        long trialSince = 0;
        for (int i = 0; i < 500; i++) {
            time += random.nextInt(400) * MS;
            boolean open = one.state() != State.CLOSED;
            if (random.nextInt(2) == 0) {
                long pass = one.enter(time);
                if (pass != Breaker.REFUSED) {
                    passes.put(pass, open);
                    if (open) {
                        assertTrue(trial == Breaker.REFUSED || time - trialSince >= 30_000 * MS, "one trial at a time");
                        trial = pass;
                        trialSince = time;
                    }
                }
            } else if (!passes.isEmpty()) {
                long pass = List.copyOf(passes.keySet()).get(random.nextInt(passes.size()));
                switch (random.nextInt(5)) {
                    case 0 -> one.failed(pass, time, Severity.ONE_CALL);
                    case 1 -> one.failed(pass, time, Severity.WHOLE_REGION);
                    case 2 -> one.served(pass, time);
                    case 3 -> one.succeeded(pass, time);
                    default -> one.toldNothing(pass, time);
                }
                passes.remove(pass);
                trial = pass == trial ? Breaker.REFUSED : trial;
            }
        }
    }

    /** As {@link Regions} does it: ten looks a second, and a trial with each that is due. */
    @Property(tries = 100)
    void letsARegionThatIsBackInWithinFiveSeconds(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Breaker one = new Breaker();
        long time = ORIGIN;
        long back = time + random.nextInt(120_000) * MS;
        while (time < back) {
            long pass = one.enter(time);
            if (pass != Breaker.REFUSED) {
                one.failed(pass, time, random.nextBoolean() ? Severity.ONE_CALL : Severity.WHOLE_REGION);
            }
            time += TICK_MS * MS;
        }
        while (one.state() != State.CLOSED) {
            long pass = one.enter(time);
            if (pass != Breaker.REFUSED) {
                one.served(pass, time);
            }
            time += TICK_MS * MS;
        }
        assertTrue(time - back <= 5_000 * MS, (time - back) / MS + " ms");
    }

    /** It answers each trial and fails whatever comes then. */
    @Test
    void doesNotHammerARegionThatFlaps() {
        int trials = 0;
        int victims = 0;
        for (int i = 0; i < 60_000 / TICK_MS; i++) {
            boolean open = breaker.state() != State.CLOSED;
            long pass = breaker.enter(now);
            if (pass != Breaker.REFUSED && open) {
                trials++;
                breaker.served(pass, now);
            } else if (pass != Breaker.REFUSED) {
                victims++;
                breaker.failed(pass, now, Severity.ONE_CALL);
            }
            sleep(TICK_MS);
        }
        assertTrue(trials <= 20, trials + " trials");
        assertTrue(victims <= trials + 2, victims + " calls broke");
    }
}
