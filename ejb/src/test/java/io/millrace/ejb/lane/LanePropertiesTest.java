package io.millrace.ejb.lane;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/** What the lanes promise, whatever comes and in whatever order. */
class LanePropertiesTest {

    private static final int ITEMS = 5;
    private static final int WORK = 100;
    private static final int MOST_WORK = 40;
    private static final List<Lane> SHARING = List.of(Lane.P1, Lane.P2, Lane.P3);

    /** Not a record: each is another one. */
    private static final class Item implements Waiter {
        private final Lane lane;
        private final String tenant;
        private final int work;

        Item(Lane lane, String tenant, int work) {
            this.lane = lane;
            this.tenant = tenant;
            this.work = work;
        }

        @Override
        public Lane lane() {
            return lane;
        }

        @Override
        public String tenant() {
            return tenant;
        }

        @Override
        public int work() {
            return work;
        }
    }

    /** Who waits, and until when. */
    private final Map<Item, Long> waiting = new LinkedHashMap<>();
    private final List<Item> taken = new ArrayList<>();
    /** Soon flows over. */
    private long now;

    @BeforeTry
    void begin() {
        waiting.clear();
        taken.clear();
        now = Long.MAX_VALUE - 50;
    }

    @Property
    void nothingIsLostOrServedTwiceAndBoundsHold(@ForAll @Size(max = 150) List<Long> acts) {
        Lanes<Item> lanes = lanes(ITEMS, WORK, new double[] {1, 8, 3, 1});
        for (long act : acts) {
            act(lanes, new SplittableRandom(act));
            for (Lane lane : Lane.values()) {
                assertEquals(waiting.keySet().stream().filter(each -> each.lane() == lane).count(), lanes.size(lane));
                assertEquals(waiting.keySet().stream().filter(each -> each.lane() == lane).mapToLong(Item::work).sum(),
                        lanes.work(lane));
            }
            assertEquals(taken.size(), lanes.taken(), "who was taken is charged until he ends or waits again");
        }
        while (lanes.size() > 0) {
            assertNotNull(waiting.remove(lanes.poll(_ -> true, now)), "who waits is served, once");
        }
        assertTrue(waiting.isEmpty(), "everybody who waits is served");
    }

    private void act(Lanes<Item> lanes, SplittableRandom random) {
        now += random.nextInt(10);
        switch (random.nextInt(7)) {
            case 0, 1, 2 -> offer(lanes, random);
            case 3 -> {
                Item item = lanes.poll(_ -> random.nextInt(4) > 0, now);
                if (item != null) {
                    assertNotNull(waiting.remove(item), "who waits is served, once");
                    boolean critical = waiting.keySet().stream().anyMatch(each -> each.lane() == Lane.P0);
                    assertTrue(item.lane() == Lane.P0 || !critical, "P0 goes first");
                    lanes.served(item, random.nextInt(2 * MOST_WORK), now);
                    taken.add(item);
                    if (random.nextBoolean()) {
                        lanes.ended(taken.remove(random.nextInt(taken.size())));
                    }
                }
            }
            case 4 -> {
                if (!taken.isEmpty()) {
                    Item item = taken.remove(random.nextInt(taken.size()));
                    lanes.putBack(item);
                    waiting.put(item, Long.MAX_VALUE);
                }
            }
            case 5 -> {
                List<Item> late = waiting.keySet().stream()
                        .filter(each -> waiting.get(each) != Long.MAX_VALUE && waiting.get(each) - now <= 0).toList();
                List<Item> expired = lanes.expire(now);
                assertTrue(expired.size() == late.size() && expired.containsAll(late), "who is late, and nobody else");
                late.forEach(waiting::remove);
            }
            default -> {
                String tenant = "tenant " + random.nextInt(3);
                int keeps = random.nextInt(MOST_WORK);
                lanes.removeIf(each -> each.tenant().equals(tenant) && each.work() > keeps)
                        .forEach(each -> assertNotNull(waiting.remove(each)));
                assertTrue(waiting.keySet().stream().noneMatch(each -> each.tenant().equals(tenant) && each.work() > keeps));
            }
        }
    }

    private void offer(Lanes<Item> lanes, SplittableRandom random) {
        Lane lane = Lane.values()[random.nextInt(4)];
        List<Item> items = new ArrayList<>();
        for (int i = random.nextInt(3); i >= 0; i--) {
            items.add(new Item(lane, "tenant " + random.nextInt(3), random.nextInt(MOST_WORK)));
        }
        long work = lanes.work(lane) + items.stream().mapToLong(Item::work).sum();
        boolean room = lanes.size(lane) + items.size() <= ITEMS && (work <= WORK || lanes.size(lane) == 0);
        long deadline = random.nextBoolean() ? Long.MAX_VALUE : now + random.nextInt(60);
        assertEquals(room, lanes.offer(lane, items, now, deadline), "what there is room for, and nothing else");
        if (room) {
            items.forEach(each -> waiting.put(each, deadline));
        }
    }

    /** Start-time fair queueing: no two lanes are ever further apart than by one item of each. */
    @Property(tries = 200)
    void lanesShareByWeightToWithinAnItemOfEach(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int second,
                                                @ForAll @IntRange(min = 1, max = 20) int third) {
        double[] weights = {1, 10, second, third};
        SplittableRandom random = new SplittableRandom(seed);
        Lanes<Item> lanes = lanes(10_000, Long.MAX_VALUE, weights);
        SHARING.forEach(lane -> offer(lanes, lane, "tenant", random));
        Map<Lane, Double> served = new EnumMap<>(Map.of(Lane.P1, 0.0, Lane.P2, 0.0, Lane.P3, 0.0));
        for (int i = 0; i < 500; i++) {
            Item next = serve(lanes, random);
            served.merge(next.lane(), next.work() / weights[next.lane().ordinal()], Double::sum);
            for (Lane one : SHARING) {
                for (Lane other : SHARING) {
                    double bound = MOST_WORK / weights[one.ordinal()] + MOST_WORK / weights[other.ordinal()];
                    assertTrue(served.get(one) - served.get(other) <= bound + 1e-6, served.toString());
                }
            }
        }
    }

    /** As many as find room at once, of which nothing was served yet: no lane, and no tenant of a lane, gets them all. */
    @Property(tries = 200)
    void whoIsTakenAtOnceIsSharedOutToWithinAnItemOfEach(@ForAll long seed, @ForAll @IntRange(min = 1, max = 20) int second,
                                                         @ForAll @IntRange(min = 1, max = 64) int places) {
        double[] weights = {1, 10, second, 1};
        SplittableRandom random = new SplittableRandom(seed);
        Lanes<Item> lanes = lanes(10_000, Long.MAX_VALUE, weights);
        for (Lane lane : SHARING) {
            offer(lanes, lane, "one", random);
            offer(lanes, lane, "other", random);
        }
        Map<Lane, Double> given = new EnumMap<>(Map.of(Lane.P1, 0.0, Lane.P2, 0.0, Lane.P3, 0.0));
        Map<Lane, Integer> ofOne = new EnumMap<>(Map.of(Lane.P1, 0, Lane.P2, 0, Lane.P3, 0));
        for (int i = 0; i < places; i++) {
            Item next = lanes.poll(_ -> true, 0);
            given.merge(next.lane(), next.work() / weights[next.lane().ordinal()], Double::sum);
            ofOne.merge(next.lane(), next.tenant().equals("one") ? next.work() : -next.work(), Integer::sum);
        }
        boolean anyWait = SHARING.stream().allMatch(lane -> lanes.size(lane) > 0);
        for (Lane one : SHARING) {
            assertTrue(!anyWait || Math.abs(ofOne.get(one)) <= MOST_WORK, ofOne.toString());
            for (Lane other : SHARING) {
                double bound = MOST_WORK / weights[one.ordinal()] + MOST_WORK / weights[other.ordinal()];
                assertTrue(!anyWait || given.get(one) - given.get(other) <= bound + 1e-6, given.toString());
            }
        }
    }

    /** Expectations are wrong, and several are served at once: what counts in the end is what was served. */
    @Property(tries = 200)
    void wrongExpectationsMoveSharesByNoMoreThanWhatIsUnderWay(@ForAll long seed, @ForAll @IntRange(min = 1, max = 10) int places) {
        double[] weights = {1, 8, 3, 1};
        SplittableRandom random = new SplittableRandom(seed);
        Lanes<Item> lanes = lanes(10_000, Long.MAX_VALUE, weights);
        SHARING.forEach(lane -> offer(lanes, lane, "tenant", random));
        Map<Lane, Double> served = new EnumMap<>(Map.of(Lane.P1, 0.0, Lane.P2, 0.0, Lane.P3, 0.0));
        List<Item> under = new ArrayList<>();
        for (int i = 0; i < 1_000; i++) {
            SHARING.forEach(lane -> offer(lanes, lane, "tenant", random));
            while (under.size() < places) {
                under.add(lanes.poll(_ -> true, 0));
            }
            Item next = under.remove(random.nextInt(under.size()));
            int parts = 1 + random.nextInt(3);
            for (int part = 0; part < parts; part++) {
                int work = random.nextInt(MOST_WORK);
                lanes.served(next, work, 0);
                served.merge(next.lane(), work / weights[next.lane().ordinal()], Double::sum);
            }
            lanes.ended(next);
            for (Lane one : SHARING) {
                for (Lane other : SHARING) {
                    double bound = (places + 1) * 3 * MOST_WORK * (1 / weights[one.ordinal()] + 1 / weights[other.ordinal()]);
                    assertTrue(served.get(one) - served.get(other) <= bound + 1e-6, served.toString());
                }
            }
        }
    }

    @Property(tries = 200)
    void aTenantWhoAsksForMoreGetsNoMore(@ForAll long seed, @ForAll @IntRange(min = 2, max = 50) int times) {
        SplittableRandom random = new SplittableRandom(seed);
        Lanes<Item> lanes = lanes(10_000, Long.MAX_VALUE, new double[] {1, 1, 1, 1});
        Map<String, Integer> served = new HashMap<>(Map.of("greedy", 0, "modest", 0, "third", 0));
        offer(lanes, Lane.P1, "modest", random);
        offer(lanes, Lane.P1, "third", random);
        for (int i = 0; i < times; i++) {
            offer(lanes, Lane.P1, "greedy", random);
        }
        for (int i = 0; i < 300; i++) {
            Item next = serve(lanes, random);
            served.merge(next.tenant(), next.work(), Integer::sum);
            int least = served.values().stream().mapToInt(each -> each).min().getAsInt();
            assertTrue(served.get("greedy") - least <= 2 * MOST_WORK, served.toString());
        }
    }

    /** However much comes after it, an item of the lightest lane waits for no more than the weights say. */
    @Property(tries = 200)
    void nobodyWaitsForEver(@ForAll long seed, @ForAll @IntRange(min = 1, max = 3) int lane, @ForAll @IntRange(min = 0, max = 5) int before) {
        SplittableRandom random = new SplittableRandom(seed);
        double[] weights = {1, 8, 3, 1};
        Lanes<Item> lanes = lanes(10_000, Long.MAX_VALUE, weights);
        for (int i = random.nextInt(60); i > 0; i--) {
            SHARING.forEach(each -> offer(lanes, each, "other", random));
            serve(lanes, random);
        }
        Lane mine = Lane.values()[lane];
        List<Item> ahead = new ArrayList<>();
        for (int i = 0; i <= before; i++) {
            ahead.add(new Item(mine, "me", MOST_WORK));
        }
        assertTrue(lanes.offer(mine, ahead, 0, Long.MAX_VALUE));
        double most = 0;
        for (Lane each : SHARING) {
            most += 2 + 2 * (before + 2) * MOST_WORK * weights[each.ordinal()] / weights[lane];
        }
        int polls = 0;
        for (Item next = null; next != ahead.getLast(); polls++) {
            SHARING.forEach(each -> offer(lanes, each, "other", random));
            next = serve(lanes, random);
            assertTrue(polls <= most, polls + " others went first");
        }
    }

    /** As much as one offer of a thousand brings; at least one token each. */
    private static void offer(Lanes<Item> lanes, Lane lane, String tenant, SplittableRandom random) {
        List<Item> items = new ArrayList<>();
        for (int i = lanes.size(lane) > 1_000 ? 0 : 40; i > 0; i--) {
            items.add(new Item(lane, tenant, 1 + random.nextInt(MOST_WORK)));
        }
        assertTrue(lanes.offer(lane, items, 0, Long.MAX_VALUE));
    }

    /** The next one, all of it at once; the lane has as much to do afterwards as before. */
    private static Item serve(Lanes<Item> lanes, SplittableRandom random) {
        Item next = lanes.poll(_ -> true, 0);
        lanes.served(next, next.work(), 0);
        lanes.ended(next);
        assertTrue(lanes.offer(next.lane(), List.of(new Item(next.lane(), next.tenant(), 1 + random.nextInt(MOST_WORK))), 0, Long.MAX_VALUE));
        return next;
    }

    private static Lanes<Item> lanes(int items, long work, double[] weights) {
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(items, work, weights[lane.ordinal()]));
        }
        return new Lanes<>(bounds);
    }
}
