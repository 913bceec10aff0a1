package io.millrace.ejb.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LanesTest {

    private final Lanes<Item> lanes = lanes(2, 1000);

    @Test
    void servesP0FirstAndEachLaneInOrder() {
        offer(Lane.P3, Long.MAX_VALUE, "bulk");
        offer(Lane.P1, Long.MAX_VALUE, "first", "second");
        offer(Lane.P0, Long.MAX_VALUE, "critical");
        assertEquals(List.of("critical", "first", "bulk", "second"), List.of(next(), next(), next(), next()));
        assertNull(next());
    }

    @Test
    void refusesWhenTheLaneIsFull() {
        assertTrue(offer(Lane.P1, Long.MAX_VALUE, "a", "b"));
        assertFalse(lanes.hasRoom(Lane.P1, 1, 1));
        assertFalse(offer(Lane.P1, Long.MAX_VALUE, "c"));
        assertTrue(offer(Lane.P2, Long.MAX_VALUE, "another lane"));
    }

    @Test
    void takesAllItemsOfACallOrNone() {
        offer(Lane.P1, Long.MAX_VALUE, "a");
        assertFalse(offer(Lane.P1, Long.MAX_VALUE, "b", "c"));
        assertEquals(1, lanes.size());
    }

    @Test
    void letsNobodyOvertakeAnItemThatDoesNotFitYet() {
        offer(Lane.P1, Long.MAX_VALUE, "large", "small");
        offer(Lane.P2, Long.MAX_VALUE, "tiny");
        assertNull(lanes.poll(item -> !item.name().equals("large"), 0));
        assertEquals(3, lanes.size());
    }

    @Test
    void expiresWhatIsPastItsDeadlineAlsoAcrossAnOverflowOfTheClock() {
        long now = Long.MAX_VALUE - 5;
        offer(Lane.P1, now - 1, "late");
        offer(Lane.P1, now + 10, "in time");
        assertEquals(List.of("late"), names(lanes.expire(now)));
        assertEquals(List.of("in time"), names(lanes.expire(now + 10)));
    }

    @Test
    void putsAnItemBackInFrontEvenIfTheLaneIsFull() {
        offer(Lane.P1, Long.MAX_VALUE, "a", "b");
        lanes.putBack(new Item("displaced", Lane.P1, "t", 1));
        assertEquals("displaced", next());
    }

    @Test
    void takesNothingNewOnceClosed() {
        offer(Lane.P1, Long.MAX_VALUE, "a");
        lanes.close();
        assertFalse(offer(Lane.P0, Long.MAX_VALUE, "b"));
        assertEquals("a", next());
    }

    @Test
    void removesWhereverItWaits() {
        offer(Lane.P0, Long.MAX_VALUE, "x1");
        offer(Lane.P3, Long.MAX_VALUE, "y", "x2");
        assertEquals(List.of("x1", "x2"), names(lanes.removeIf(item -> item.name().startsWith("x"))));
        assertEquals(1, lanes.size(Lane.P3));
    }

    @Test
    void refusesALaneWithoutCapacity() {
        assertThrows(IllegalArgumentException.class, () -> new Lanes<Item>(Map.of(Lane.P0, new LaneBounds(1, 1, 1))));
    }

    @Test
    void boundsTheWorkThatWaitsButTakesOneItemThatIsLargerAlone() {
        Lanes<Item> narrow = lanes(10, 100);
        assertTrue(narrow.offer(Lane.P1, List.of(new Item("huge", Lane.P1, "t", 500)), 0, Long.MAX_VALUE));
        assertFalse(narrow.offer(Lane.P1, List.of(new Item("tiny", Lane.P1, "t", 1)), 0, Long.MAX_VALUE));
        assertEquals(500, narrow.work(Lane.P1));
    }

    @Test
    void sharesAmongLanesByWeight() {
        Map<Lane, Integer> served = serve(6_000, 0, Long.MAX_VALUE);
        assertEquals(0, served.get(Lane.P0));
        assertEquals(4_000, served.get(Lane.P1), 10);
        assertEquals(1_500, served.get(Lane.P2), 10);
        assertEquals(500, served.get(Lane.P3), 10);
    }

    @Test
    void givesALaneMoreTheNearerItsOldestIsToItsDeadline() {
        assertTrue(serve(6_000, 95, 100).get(Lane.P3) > 500 * 3);
    }

    @Test
    void aLaneThatSleptHasSavedUpNothing() {
        Lanes<Item> lanes = lanes(10_000, 1_000_000);
        fill(lanes, Lane.P3, "t", 5_000, Long.MAX_VALUE);
        for (int i = 0; i < 1_000; i++) {
            served(lanes, lanes.poll(_ -> true, 0), 0);
        }
        fill(lanes, Lane.P1, "t", 5_000, Long.MAX_VALUE);
        int bulk = 0;
        for (int i = 0; i < 900; i++) {
            Item next = lanes.poll(_ -> true, 0);
            bulk += next.lane() == Lane.P3 ? 1 : 0;
            served(lanes, next, 0);
        }
        assertEquals(100, bulk, 5);
    }

    @Test
    void sharesALaneEquallyAmongTenantsHoweverMuchOneOfThemAsksFor() {
        Lanes<Item> lanes = lanes(10_000, 1_000_000);
        fill(lanes, Lane.P1, "greedy", 5_000, Long.MAX_VALUE);
        fill(lanes, Lane.P1, "modest", 100, Long.MAX_VALUE);
        int modest = 0;
        for (int i = 0; i < 200; i++) {
            Item next = lanes.poll(_ -> true, 0);
            modest += next.tenant().equals("modest") ? 1 : 0;
            served(lanes, next, 0);
        }
        assertEquals(100, modest, 1);
    }

    @Test
    void sharesOutWhatIsTakenAtOnceBeforeAnyOfItIsServed() {
        Lanes<Item> lanes = lanes(10_000, 1_000_000);
        List.of(Lane.P1, Lane.P2, Lane.P3).forEach(lane -> fill(lanes, lane, "t", 100, Long.MAX_VALUE));
        fill(lanes, Lane.P1, "other", 100, Long.MAX_VALUE);
        List<Item> taken = IntStream.range(0, 48).mapToObj(_ -> lanes.poll(_ -> true, 0)).toList();
        assertEquals(32, taken.stream().filter(each -> each.lane() == Lane.P1).count(), 1);
        assertEquals(12, taken.stream().filter(each -> each.lane() == Lane.P2).count(), 1);
        assertEquals(4, taken.stream().filter(each -> each.lane() == Lane.P3).count(), 1);
        assertEquals(16, taken.stream().filter(each -> each.tenant().equals("other")).count(), 1);
    }

    @Test
    void givesBackWhatWasExpectedTooMuchButNotToWhoSleptMeanwhile() {
        Lanes<Item> lanes = lanes(10_000, 1_000_000);
        Item wronged = new Item("expected too long", Lane.P3, "t", 10_000);
        lanes.offer(Lane.P3, List.of(wronged), 0, Long.MAX_VALUE);
        fill(lanes, Lane.P1, "t", 9_000, Long.MAX_VALUE);
        Item first = lanes.poll(_ -> true, 0);
        assertEquals(Lane.P1, first.lane());
        assertEquals(wronged, lanes.poll(_ -> true, 0));
        for (int i = 0; i < 800; i++) {
            served(lanes, lanes.poll(_ -> true, 0), 0);
        }
        fill(lanes, Lane.P3, "t", 1_000, Long.MAX_VALUE);
        served(lanes, wronged, 0);
        int bulk = 0;
        for (int i = 0; i < 900; i++) {
            Item next = lanes.poll(_ -> true, 0);
            bulk += next.lane() == Lane.P3 ? 1 : 0;
            served(lanes, next, 0);
        }
        assertEquals(100, bulk, 5);
    }

    @Test
    void forgetsWhoEndedAndWhoWasPutBack() {
        offer(Lane.P1, Long.MAX_VALUE, "a", "b");
        Item first = lanes.poll(_ -> true, 0);
        Item second = lanes.poll(_ -> true, 0);
        assertEquals(2, lanes.taken());
        lanes.putBack(first);
        lanes.ended(second);
        assertEquals(0, lanes.taken());
    }

    /** Serves so many of the items that wait in all lanes but P0. */
    private static Map<Lane, Integer> serve(int count, long now, long deadline) {
        Lanes<Item> lanes = lanes(10_000, 1_000_000);
        List.of(Lane.P1, Lane.P2).forEach(lane -> fill(lanes, lane, "t", 9_000, Long.MAX_VALUE));
        fill(lanes, Lane.P3, "t", 9_000, deadline);
        Map<Lane, Integer> served = new EnumMap<>(Map.of(Lane.P0, 0, Lane.P1, 0, Lane.P2, 0, Lane.P3, 0));
        for (int i = 0; i < count; i++) {
            Item next = lanes.poll(_ -> true, now);
            served.merge(next.lane(), 1, Integer::sum);
            served(lanes, next, now);
        }
        return served;
    }

    private static void served(Lanes<Item> lanes, Item item, long now) {
        lanes.served(item, 10, now);
        lanes.ended(item);
    }

    private static void fill(Lanes<Item> lanes, Lane lane, String tenant, int count, long deadline) {
        for (int i = 0; i < count; i++) {
            assertTrue(lanes.offer(lane, List.of(new Item("item", lane, tenant, 1)), 0, deadline));
        }
    }

    private static Lanes<Item> lanes(int items, long work) {
        return new Lanes<>(Map.of(Lane.P0, new LaneBounds(items, work, 1), Lane.P1, new LaneBounds(items, work, 8),
                Lane.P2, new LaneBounds(items, work, 3), Lane.P3, new LaneBounds(items, work, 1)));
    }

    private record Item(String name, Lane lane, String tenant, int work) implements Waiter {}

    private boolean offer(Lane lane, long deadlineNanos, String... names) {
        List<Item> items = Arrays.stream(names).map(name -> new Item(name, lane, "t", 1)).toList();
        return lanes.offer(lane, items, deadlineNanos == Long.MAX_VALUE ? 0 : deadlineNanos - 100, deadlineNanos);
    }

    private static List<String> names(List<Item> items) {
        return items.stream().map(Item::name).toList();
    }

    private String next() {
        Item next = lanes.poll(_ -> true, 0);
        return next == null ? null : next.name();
    }
}
