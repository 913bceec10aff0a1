package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Waiter;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class GateTest {

    private static final int ITEMS = 4;

    /** Not a record: each is another one. */
    private static final class Call implements Waiter {
        private final Lane lane;

        Call(Lane lane) {
            this.lane = lane;
        }

        @Override
        public Lane lane() {
            return lane;
        }

        @Override
        public String tenant() {
            return "tenant";
        }

        @Override
        public int work() {
            return 10;
        }

        @Override
        public String toString() {
            return lane + "@" + hashCode();
        }
    }

    private final List<Call> inside = new ArrayList<>();

    private static Gate<Call> gate(int places, int reserved) {
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(ITEMS, Long.MAX_VALUE, 1));
        }
        return new Gate<>(places, reserved, bounds);
    }

    private static boolean enter(Gate<Call> gate, List<Call> calls, List<Call> admitted) {
        return gate.enter(calls, 0, Long.MAX_VALUE, admitted::add);
    }

    private Call come(Gate<Call> gate, Lane lane) {
        Call call = new Call(lane);
        assertTrue(enter(gate, List.of(call), inside));
        return call;
    }

    @Test
    void letsInAsManyAsItHasPlacesAndTheOthersWait() {
        Gate<Call> gate = gate(2, 1);
        Call first = come(gate, Lane.P1);
        come(gate, Lane.P2);
        Call third = come(gate, Lane.P1);
        assertEquals(2, inside.size());
        assertEquals(1, gate.waiting());
        assertEquals(List.of(third), gate.leave(first, 1));
        assertEquals(2, gate.inside());
    }

    @Test
    void keepsPlacesForP0AndLetsItPastAllOthers() {
        Gate<Call> gate = gate(1, 1);
        Call first = come(gate, Lane.P1);
        come(gate, Lane.P1);
        assertTrue(gate.hasPlace(Lane.P0), "as it says itself");
        assertFalse(gate.hasPlace(Lane.P1));
        Call critical = come(gate, Lane.P0);
        assertEquals(List.of(first, critical), inside);
        Call next = come(gate, Lane.P0);
        assertEquals(List.of(next), gate.leave(first, 1), "P0 before who came first");
        assertEquals(List.of(), gate.leave(next, 2), "the place of P0 is for nobody else");
    }

    @Test
    void letsAllChoicesOfACallInOrNone() {
        Gate<Call> gate = gate(2, 0);
        List<Call> choices = new ArrayList<>();
        for (int i = 0; i < 2 + ITEMS + 1; i++) {
            choices.add(new Call(Lane.P1));
        }
        assertFalse(enter(gate, choices, inside));
        assertEquals(0, gate.inside() + gate.waiting() + inside.size());
        choices.removeLast();
        assertTrue(enter(gate, choices, inside));
        assertEquals(choices.subList(0, 2), inside);
        assertEquals(ITEMS, gate.waiting());
    }

    @Test
    void letsAnAnswerThatWasBegunElsewhereInWhateverTheBound() {
        Gate<Call> gate = gate(1, 0);
        Call first = come(gate, Lane.P1);
        Call begun = new Call(Lane.P3);
        gate.enterBegun(begun, 0);
        assertEquals(2, gate.inside());
        Call waits = come(gate, Lane.P1);
        assertEquals(List.of(), gate.leave(begun, 1));
        assertEquals(List.of(waits), gate.leave(first, 2));
    }

    /** Nobody lost, nobody twice, bounds hold, P0 first, and no place is free while somebody waits who might have it. */
    @Property
    void whateverComesAndGoes(@ForAll @Size(max = 200) List<Long> acts, @ForAll @IntRange(min = 1, max = 4) int places,
                              @ForAll @IntRange(min = 0, max = 2) int reserved) {
        Gate<Call> gate = gate(places, reserved);
        Set<Call> waiting = new LinkedHashSet<>();
        Set<Call> running = new LinkedHashSet<>();
        Set<Call> begun = new LinkedHashSet<>();
        for (long act : acts) {
            SplittableRandom random = new SplittableRandom(act);
            switch (random.nextInt(8)) {
                case 0, 1, 2, 3 -> {
                    Lane lane = Lane.values()[random.nextInt(4)];
                    List<Call> calls = new ArrayList<>();
                    for (int i = random.nextInt(4); i >= 0; i--) {
                        calls.add(new Call(lane));
                    }
                    List<Call> admitted = new ArrayList<>();
                    boolean place = gate.hasPlace(lane);
                    long before = waiting.stream().filter(each -> each.lane() == lane).count();
                    if (enter(gate, calls, admitted)) {
                        assertEquals(place, !admitted.isEmpty(), "who has a place");
                        admitted.forEach(call -> assertTrue(calls.remove(call) && running.add(call)));
                        waiting.addAll(calls);
                    } else {
                        assertTrue(before + calls.size() > ITEMS, "full only where it is");
                        assertTrue(admitted.isEmpty());
                    }
                }
                case 4, 5 -> {
                    if (!running.isEmpty()) {
                        Call leaving = List.copyOf(running).get(random.nextInt(running.size()));
                        running.remove(leaving);
                        begun.remove(leaving);
                        for (Call next : gate.leave(leaving, random.nextInt(100))) {
                            assertTrue(next.lane() == Lane.P0 || waiting.stream().noneMatch(each -> each.lane() == Lane.P0), "P0 first");
                            assertTrue(waiting.remove(next) && running.add(next), "who waits, and once");
                        }
                    }
                }
                case 6 -> {
                    if (!waiting.isEmpty()) {
                        Call gone = List.copyOf(waiting).get(random.nextInt(waiting.size()));
                        assertTrue(gate.remove(gone) && waiting.remove(gone));
                        assertFalse(gate.remove(gone));
                    }
                }
                default -> {
                    Call call = new Call(Lane.values()[random.nextInt(4)]);
                    gate.enterBegun(call, 0);
                    running.add(call);
                    begun.add(call);
                }
            }
            assertEquals(running.size(), gate.inside());
            assertEquals(waiting.size(), gate.waiting());
            assertEquals(waiting, new LinkedHashSet<>(gate.waiters()).containsAll(waiting) ? waiting : Set.of());
            assertTrue(running.size() - begun.size() <= places + reserved, "places");
            assertTrue(running.stream().filter(each -> each.lane() != Lane.P0 && !begun.contains(each)).count() <= places);
            assertTrue(waiting.isEmpty() || gate.inside() >= places, "nobody waits beside a free place");
            assertTrue(waiting.stream().noneMatch(each -> each.lane() == Lane.P0) || gate.inside() >= places + reserved);
        }
        while (!running.isEmpty()) {
            Call leaving = running.iterator().next();
            running.remove(leaving);
            gate.leave(leaving, 0).forEach(next -> assertTrue(waiting.remove(next) && running.add(next)));
        }
        assertTrue(waiting.isEmpty(), "everybody comes to a turn");
        assertEquals(0, gate.inside());
    }
}
