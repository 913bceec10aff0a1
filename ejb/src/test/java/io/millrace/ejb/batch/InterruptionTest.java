package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class InterruptionTest {

    private static final long MS = 1_000_000;

    private int aborts;
    private final Interruption interruption = new Interruption(() -> aborts++);
    private long now = 5;

    /** A step of 100 ms for which somebody asks after so many; whether it was cut short. */
    private boolean step(int expectedMs, int... askedMs) {
        interruption.stepBegins(now, expectedMs * (double) MS);
        int before = aborts;
        for (int ms : askedMs) {
            interruption.ask(now + ms * MS);
        }
        now += (aborts > before ? askedMs[askedMs.length - 1] : expectedMs) * MS;
        return interruption.stepEnds(now, aborts > before);
    }

    @Test
    void isForWhoGainsByIt() {
        assertTrue(step(100, 0));
        assertTrue(step(100, 60));
        assertFalse(step(100, 70), "the step is almost over");
        assertFalse(step(12, 3), "it won't be long");
        assertFalse(step(0, 0), "it shall not be");
        assertFalse(step(100));
        assertTrue(step(100, 20, 30));
        assertEquals(3, aborts, "a step ends once");
    }

    @Test
    void nobodyAsksBetweenSteps() {
        interruption.ask(now);
        interruption.stepBegins(now, 100 * MS);
        interruption.stepEnds(now, false);
        interruption.ask(now);
        assertEquals(0, aborts);
    }

    /** The engine may not have begun, or be through, when it is told to end. */
    @Test
    void whatCameToItsEndAllTheSameIsNotLost() {
        for (int i = 0; i < 100; i++) {
            interruption.stepBegins(now, 2_000 * MS);
            interruption.ask(now);
            now += 2_000 * MS;
            assertFalse(interruption.stepEnds(now, false));
            assertFalse(interruption.stepEnds(now, true), "it is over");
        }
        assertEquals(100, aborts);
        assertTrue(step(100, 0));
    }

    /** However often somebody comes, most of the time is not in vain. */
    @Test
    void losesATenth() {
        SplittableRandom random = new SplittableRandom(1);
        long lost = 0;
        for (int i = 0; i < 10_000; i++) {
            long begun = now;
            lost += step(1 + random.nextInt(200), random.nextInt(200)) ? now - begun : 0;
        }
        assertTrue(lost > 0.05 * now && lost < 0.101 * now, lost + " of " + now);
    }
}
