package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.region.Choosing.Candidate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class ChoosingTest {

    private static final long MS = 1_000_000;
    private static final int CONVERSATIONS = 20_000;

    private static Candidate region(String name, int rank, long waitMs, boolean warm, boolean spot) {
        return new Candidate(name, rank, 1, spot, waitMs * MS, warm);
    }

    private static List<String> names(Lane lane, Candidate... candidates) {
        return Choosing.order(List.of(candidates), lane, 7).stream().map(Candidate::name).toList();
    }

    private static String first(List<Candidate> candidates, long conversation) {
        return Choosing.order(candidates, Lane.P1, conversation).getFirst().name();
    }

    @Test
    void keepsTheOrderOfTheNamesAmongEquals() {
        assertEquals(List.of("b", "a"), names(Lane.P1, region("a", 1, 0, false, false), region("b", 0, 0, false, false)));
    }

    @Test
    void goesWhereItBeginsFirst() {
        assertEquals(List.of("b", "a"), names(Lane.P1, region("a", 0, 20, false, false), region("b", 1, 10, false, false)));
    }

    @Test
    void goesWhereItsPromptIsUnlessAnotherWouldBeginMuchEarlier() {
        Candidate other = region("other", 0, 0, false, false);
        assertEquals(List.of("warm", "other"), names(Lane.P1, other, region("warm", 1, 500, true, false)));
        assertEquals(List.of("other", "warm"), names(Lane.P1, other, region("warm", 1, 501, true, false)));
    }

    @Test
    void sendsBulkToSpotRegionsFirst() {
        Candidate warm = region("warm", 0, 0, true, false);
        Candidate spot = region("spot", 1, 60_000, false, true);
        assertEquals(List.of("spot", "warm"), names(Lane.P3, warm, spot));
        assertEquals(List.of("warm", "spot"), names(Lane.P2, warm, spot));
    }

    @Test
    void sharesConversationsByWeight() {
        List<Candidate> candidates = weighted(5, 3, 1, 1);
        Map<String, Integer> shares = new HashMap<>();
        SplittableRandom random = new SplittableRandom(1);
        for (int i = 0; i < CONVERSATIONS; i++) {
            shares.merge(first(candidates, random.nextLong()), 1, Integer::sum);
        }
        for (Candidate each : candidates) {
            assertEquals(each.weight() / 10.0, shares.get(each.name()) / (double) CONVERSATIONS, 0.02, each.name());
        }
    }

    /** Hashes of neighbouring conversations are neighbours. */
    @Test
    void sharesConversationsWhoseHashesAreAlikeByWeightToo() {
        List<Candidate> candidates = weighted(3, 1);
        int heavier = 0;
        for (int i = 0; i < CONVERSATIONS; i++) {
            heavier += first(candidates, i).equals("r0") ? 1 : 0;
        }
        assertEquals(0.75, heavier / (double) CONVERSATIONS, 0.02);
    }

    @Test
    void movesOnlyTheShareOfARegionThatIsAdded() {
        List<Candidate> before = weighted(2, 3, 1);
        List<Candidate> after = weighted(2, 3, 1, 2);
        int moved = 0;
        for (int i = 0; i < CONVERSATIONS; i++) {
            String now = first(after, i);
            if (!now.equals(first(before, i))) {
                assertEquals("r3", now, "nobody moves between those that were there");
                moved++;
            }
        }
        assertEquals(2 / 8.0, moved / (double) CONVERSATIONS, 0.02);
    }

    @Property
    void losesNobodyAndIsTheSameInWhateverOrderTheyCome(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        List<Candidate> candidates = new ArrayList<>();
        for (int i = random.nextInt(6); i >= 0; i--) {
            candidates.add(new Candidate("r" + i, i, 1 + random.nextInt(3), random.nextBoolean(), random.nextInt(3) * 400 * MS, random.nextBoolean()));
        }
        Lane lane = Lane.values()[random.nextInt(4)];
        List<Candidate> order = Choosing.order(candidates, lane, seed);
        assertTrue(order.size() == candidates.size() && order.containsAll(candidates));
        assertEquals(order, Choosing.order(candidates.reversed(), lane, seed));
    }

    private static List<Candidate> weighted(int... weights) {
        List<Candidate> candidates = new ArrayList<>();
        for (int i = 0; i < weights.length; i++) {
            candidates.add(new Candidate("r" + i, i, weights[i], false, 0, false));
        }
        return candidates;
    }
}
