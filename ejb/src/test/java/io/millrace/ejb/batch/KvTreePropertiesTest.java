package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.SlotId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import net.jqwik.api.lifecycle.BeforeTry;

/** The tree against a model that can't be wrong: the cells of each slot, written down one by one. */
class KvTreePropertiesTest {

    private static final int SLOTS = 6;
    private static final int MOST_TOKENS = 60;

    private static final class Held {
        final String space;
        final List<Integer> tokens = new ArrayList<>();
        final List<Integer> cells = new ArrayList<>();
        boolean pinned = true;
        int timesUsed;
        long lastUsed;

        Held(String space) {
            this.space = space;
        }
    }

    private KvTree tree;
    private Held[] held;
    private int lastCell;
    private long uses;

    @BeforeTry
    void begin() {
        tree = new KvTree(SLOTS);
        held = new Held[SLOTS];
    }

    @Property(tries = 2_000)
    void isWhatTheSlotsHold(@ForAll @Size(max = 80) List<Long> acts) {
        acts.forEach(act -> {
            act(new SplittableRandom(act));
            countsAreThoseOfTheCells();
            worthIsAsSaid();
        });
    }

    @Property(tries = 2_000)
    void findsTheLongestBeginningThereIsInTheSpace(@ForAll @Size(max = 60) List<Long> acts, @ForAll long seed) {
        acts.forEach(act -> act(new SplittableRandom(act)));
        SplittableRandom random = new SplittableRandom(seed);
        for (int i = 0; i < 8; i++) {
            String space = space(random);
            int[] prompt = text(random);
            int most = 1 + random.nextInt(prompt.length);
            int longest = Arrays.stream(held).filter(each -> each != null && each.space.equals(space))
                    .mapToInt(each -> alike(each, prompt, most)).max().orElse(0);
            KvTree.Match match = tree.find(space, prompt, most);
            if (longest < KvTree.LEAST_SHARED) {
                assertNull(match);
            } else {
                assertEquals(longest, match.tokens());
                assertEquals(longest, alike(held[match.slot().index()], prompt, most), "the slot holds what was found");
                assertEquals(space, held[match.slot().index()].space);
            }
        }
    }

    private void act(SplittableRandom random) {
        SlotId slot = new SlotId(random.nextInt(SLOTS));
        Held at = held[slot.index()];
        if (at == null) {
            begin(slot, random);
        } else if (at.pinned && random.nextInt(3) > 0) {
            append(slot, text(random));
        } else if (at.pinned && random.nextBoolean()) {
            keep(slot);
        } else if (random.nextInt(4) > 0) {
            release(slot);
        } else if (random.nextInt(20) == 0) {
            tree.clear();
            Arrays.fill(held, null);
        }
    }

    private void begin(SlotId slot, SplittableRandom random) {
        Held fresh = new Held(space(random));
        int[] prompt = text(random);
        tree.open(slot, fresh.space);
        held[slot.index()] = fresh;
        KvTree.Match match = random.nextInt(4) == 0 ? null : tree.find(fresh.space, prompt, prompt.length - 1);
        if (match != null) {
            Held from = held[match.slot().index()];
            tree.fork(slot, match);
            fresh.tokens.addAll(from.tokens.subList(0, match.tokens()));
            fresh.cells.addAll(from.cells.subList(0, match.tokens()));
            use(from);
        }
        append(slot, prompt);
    }

    /** Goes on as {@code text} does, by part of it. */
    private void append(SlotId slot, int[] text) {
        Held at = held[slot.index()];
        int from = at.tokens.size();
        int to = Math.min(text.length, from + 1 + text[0] * 7 + text.length / 3);
        if (from < to) {
            tree.append(slot, text, from, to);
            for (int i = from; i < to; i++) {
                at.tokens.add(text[i]);
                at.cells.add(lastCell++);
            }
        }
    }

    private void keep(SlotId slot) {
        held[slot.index()].pinned = false;
        use(held[slot.index()]);
        for (SlotId covered : tree.keep(slot)) {
            Set<Integer> others = cells(each -> each != held[covered.index()]);
            assertTrue(others.containsAll(held[covered.index()].cells), "what is given up, others hold");
            release(covered);
        }
    }

    private void release(SlotId slot) {
        tree.release(slot);
        held[slot.index()] = null;
    }

    private void use(Held at) {
        at.timesUsed++;
        at.lastUsed = ++uses;
    }

    private void countsAreThoseOfTheCells() {
        Set<Object> texts = new HashSet<>();
        for (Held each : held) {
            for (int i = 0; each != null && i < each.tokens.size(); i++) {
                texts.add(List.of(each.space, List.copyOf(each.tokens.subList(0, i + 1))));
            }
        }
        assertEquals(tree.used() - texts.size(), tree.copies(), "what is there more than once");
        assertEquals(cells(_ -> true).size(), tree.used());
        assertEquals(cells(each -> each.pinned).size(), tree.pinnedCells());
        assertEquals(Arrays.stream(held).filter(each -> each != null && !each.pinned).count(), tree.kept());
    }

    private void worthIsAsSaid() {
        List<Held> kept = Arrays.stream(held).filter(each -> each != null && !each.pinned).toList();
        if (kept.isEmpty()) {
            assertNull(tree.leastWorth(0));
            assertNull(tree.leastWorth(1));
        } else {
            assertEquals(kept.stream().mapToLong(each -> each.lastUsed).min().getAsLong(),
                    held[tree.leastWorth(0).index()].lastUsed, "the least recently used");
            assertEquals(kept.stream().mapToInt(each -> each.timesUsed).min().getAsInt(),
                    held[tree.leastWorth(1).index()].timesUsed, "the least often used");
        }
    }

    private Set<Integer> cells(Predicate<Held> which) {
        Set<Integer> cells = new HashSet<>();
        Arrays.stream(held).filter(each -> each != null && which.test(each)).forEach(each -> cells.addAll(each.cells));
        return cells;
    }

    private static int alike(Held at, int[] prompt, int most) {
        int alike = 0;
        while (alike < most && alike < at.tokens.size() && at.tokens.get(alike) == prompt[alike]) {
            alike++;
        }
        return alike;
    }

    private static String space(SplittableRandom random) {
        return "space " + random.nextInt(2);
    }

    /** All ones up to a place, and something else from there: any two have a beginning in common. */
    private static int[] text(SplittableRandom random) {
        int[] text = new int[1 + random.nextInt(MOST_TOKENS)];
        int same = random.nextInt(text.length + 1);
        return IntStream.range(0, text.length).map(i -> i < same ? 1 : random.nextInt(3)).toArray();
    }
}
