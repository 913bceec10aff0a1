package io.millrace.ejb.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class LanesTest {

    private final Lanes<String> lanes = new Lanes<>(Map.of(Lane.P0, 2, Lane.P1, 2, Lane.P2, 2, Lane.P3, 2));

    @Test
    void servesTheHighestLaneFirstAndEachInOrder() {
        lanes.offer(Lane.P3, List.of("bulk"), Long.MAX_VALUE);
        lanes.offer(Lane.P1, List.of("first", "second"), Long.MAX_VALUE);
        lanes.offer(Lane.P0, List.of("critical"), Long.MAX_VALUE);
        assertEquals(List.of("critical", "first", "second", "bulk"), List.of(next(), next(), next(), next()));
        assertNull(next());
    }

    @Test
    void refusesWhenTheLaneIsFull() {
        assertTrue(lanes.offer(Lane.P1, List.of("a", "b"), Long.MAX_VALUE));
        assertFalse(lanes.hasRoom(Lane.P1, 1));
        assertFalse(lanes.offer(Lane.P1, List.of("c"), Long.MAX_VALUE));
        assertTrue(lanes.offer(Lane.P2, List.of("another lane"), Long.MAX_VALUE));
    }

    @Test
    void takesAllItemsOfACallOrNone() {
        lanes.offer(Lane.P1, List.of("a"), Long.MAX_VALUE);
        assertFalse(lanes.offer(Lane.P1, List.of("b", "c"), Long.MAX_VALUE));
        assertEquals(1, lanes.size());
    }

    @Test
    void letsNobodyOvertakeAnItemThatDoesNotFitYet() {
        lanes.offer(Lane.P1, List.of("large", "small"), Long.MAX_VALUE);
        lanes.offer(Lane.P2, List.of("tiny"), Long.MAX_VALUE);
        assertNull(lanes.poll(item -> !item.equals("large")));
        assertEquals(3, lanes.size());
    }

    @Test
    void expiresWhatIsPastItsDeadlineAlsoAcrossAnOverflowOfTheClock() {
        long now = Long.MAX_VALUE - 5;
        lanes.offer(Lane.P1, List.of("late"), now - 1);
        lanes.offer(Lane.P1, List.of("in time"), now + 10);
        assertEquals(List.of("late"), lanes.expire(now));
        assertEquals(List.of("in time"), lanes.expire(now + 10));
    }

    @Test
    void putsAnItemBackInFrontEvenIfTheLaneIsFull() {
        lanes.offer(Lane.P1, List.of("a", "b"), Long.MAX_VALUE);
        lanes.putBack(Lane.P1, "displaced");
        assertEquals("displaced", next());
    }

    @Test
    void takesNothingNewOnceClosed() {
        lanes.offer(Lane.P1, List.of("a"), Long.MAX_VALUE);
        lanes.close();
        assertFalse(lanes.offer(Lane.P0, List.of("b"), Long.MAX_VALUE));
        assertEquals("a", next());
    }

    @Test
    void removesWhereverItWaits() {
        lanes.offer(Lane.P0, List.of("x1"), Long.MAX_VALUE);
        lanes.offer(Lane.P3, List.of("y", "x2"), Long.MAX_VALUE);
        assertEquals(List.of("x1", "x2"), lanes.removeIf(item -> item.startsWith("x")));
        assertEquals(1, lanes.size(Lane.P3));
    }

    @Test
    void refusesALaneWithoutCapacity() {
        assertThrows(IllegalArgumentException.class, () -> new Lanes<String>(Map.of(Lane.P0, 1)));
    }

    private String next() {
        return lanes.poll(_ -> true);
    }
}
