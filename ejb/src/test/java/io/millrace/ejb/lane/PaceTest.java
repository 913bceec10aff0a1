package io.millrace.ejb.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PaceTest {

    private static final long SECOND = Duration.ofSeconds(1).toNanos();

    private final Pace pace = new Pace();
    private final Lanes<Item> lanes = new Lanes<>(Map.of(Lane.P0, new LaneBounds(100, 1_000_000, 1),
            Lane.P1, new LaneBounds(100, 1_000_000, 8), Lane.P2, new LaneBounds(100, 1_000_000, 3),
            Lane.P3, new LaneBounds(100, 1_000_000, 1)));

    @Test
    void saysNothingBeforeItSawAnything() {
        offer(Lane.P1, 1_000);
        assertEquals(0, pace.waitNanos(Lane.P1, lanes));
    }

    @Test
    void whoComesToAnEmptyLaneDoesNotWait() {
        pace.step(100, SECOND);
        assertEquals(0, pace.waitNanos(Lane.P1, lanes));
    }

    @Test
    void aLaneAloneHasTheWholeEngine() {
        pace.step(100, SECOND);
        offer(Lane.P3, 1_000);
        assertEquals(10.0, seconds(pace.waitNanos(Lane.P3, lanes)), 0.01);
    }

    @Test
    void aLaneAmongOthersHasItsShareAfterTheCriticalOne() {
        pace.step(100, SECOND);
        offer(Lane.P0, 100);
        offer(Lane.P1, 700);
        offer(Lane.P3, 100);
        assertEquals(1.0, seconds(pace.waitNanos(Lane.P0, lanes)), 0.01);
        assertEquals(800 / (100 * 8 / 9.0), seconds(pace.waitNanos(Lane.P1, lanes)), 0.01);
        assertEquals(200 / (100 / 9.0), seconds(pace.waitNanos(Lane.P3, lanes)), 0.01);
    }

    @Test
    void aPlaceIsFreeWhenOneHasBegun() {
        pace.step(100, SECOND);
        offer(Lane.P2, 300);
        offer(Lane.P2, 100);
        assertEquals(2.0, seconds(pace.placeNanos(Lane.P2, lanes)), 0.01);
    }

    @Test
    void theNewestStepsCountMost() {
        pace.step(100_000, 100 * SECOND);
        pace.step(100 * 60, 60 * SECOND);
        offer(Lane.P1, 1_000);
        double wait = seconds(pace.waitNanos(Lane.P1, lanes));
        assertTrue(wait > 8 && wait < 10.1, () -> "wait of " + wait);
    }

    @Test
    void learnsHowLongAnswersAre() {
        assertEquals(256, pace.expectedAnswer(Lane.P1));
        for (int i = 0; i < 200; i++) {
            pace.answered(Lane.P1, 20);
        }
        assertTrue(pace.expectedAnswer(Lane.P1) < 40, () -> "expects " + pace.expectedAnswer(Lane.P1));
        assertEquals(256, pace.expectedAnswer(Lane.P2));
    }

    private static double seconds(long nanos) {
        return nanos / 1e9;
    }

    private void offer(Lane lane, int work) {
        assertTrue(lanes.offer(lane, List.of(new Item(lane, "t", work)), 0, Long.MAX_VALUE));
    }

    private record Item(Lane lane, String tenant, int work) implements Waiter {}
}
