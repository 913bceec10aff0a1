package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class SilenceTest {

    private static final long MS = 1_000_000;
    private static final long LEAST = 300 * MS;
    private static final long MOST = 10_000 * MS;
    private static final int HALF_LIFE = 2048;

    private final Silence silence = new Silence(Duration.ofNanos(LEAST), Duration.ofNanos(MOST));

    private void hear(int times, long gapNanos) {
        for (int i = 0; i < times; i++) {
            silence.heard(gapNanos);
        }
    }

    private void assertAbout(long expected) {
        long deadline = silence.deadlineNanos();
        assertTrue(deadline >= expected && deadline <= 1.25 * expected, deadline / MS + " ms, not " + expected / MS);
    }

    @Test
    void isPatientUntilItKnowsEnough() {
        assertEquals(MOST, silence.deadlineNanos());
        hear(31, 10 * MS);
        assertEquals(MOST, silence.deadlineNanos());
    }

    @Test
    void noticesAStopAfterSteadyGapsAtItsLowerBound() {
        hear(32, 10 * MS);
        assertEquals(LEAST, silence.deadlineNanos());
    }

    @Test
    void waitsFourOfTheGapsThatItHasHeard() {
        hear(64, 200 * MS);
        assertAbout(4 * 200 * MS);
    }

    @Test
    void letsOneGapInTwoHundredBeAnyLength() {
        for (int i = 0; i < 4_000; i++) {
            silence.heard(i % 250 == 0 ? 5_000 * MS : 200 * MS);
        }
        assertAbout(4 * 200 * MS);
        for (int i = 0; i < 4_000; i++) {
            silence.heard(i % 100 == 0 ? 2_000 * MS : 200 * MS);
        }
        assertAbout(4 * 2_000 * MS);
    }

    @Test
    void takesUpSlowerGapsWithinItsHalfLife() {
        hear(20 * HALF_LIFE, 100 * MS);
        hear(HALF_LIFE, 350 * MS);
        assertAbout(4 * 350 * MS);
    }

    /** Old gaps count half with each half-life, and one in two hundred counts. */
    @Test
    void forgetsSlowerGapsWithinNineHalfLives() {
        hear(20 * HALF_LIFE, 1_000 * MS);
        hear(9 * HALF_LIFE, 100 * MS);
        assertAbout(4 * 100 * MS);
    }

    @Property
    void staysWithinItsBoundsWhateverItHears(@ForAll @Size(min = 1, max = 100) List<Long> gaps, @ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        Silence one = new Silence(Duration.ofNanos(LEAST), Duration.ofNanos(MOST));
        for (int i = 0; i < 3_000; i++) {
            one.heard(gaps.get(random.nextInt(gaps.size())));
            assertTrue(one.deadlineNanos() >= LEAST && one.deadlineNanos() <= MOST, "deadline " + one.deadlineNanos());
        }
    }
}
