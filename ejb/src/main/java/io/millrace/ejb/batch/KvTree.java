package io.millrace.ejb.batch;

import io.millrace.connector.engine.SlotId;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * What lies in the engine's KV cells: a radix tree of tokens for each space, in which every slot ends at one node. Slots
 * that were forked from one another share the nodes, as they share the cells, so the tree knows the cells in use to the
 * token. It finds the longest beginning of a prompt that is there already, and the kept slot that is least worth its
 * cells.
 *
 * <p>A slot is <em>pinned</em> while a sequence needs it and <em>kept</em> when only its cells may be of use again. Spaces
 * see nothing of each other.
 *
 * <p>Pure; owned by the batch thread. Every operation costs O(depth) nodes, a search also the tokens that it compares.
 */
final class KvTree {

    /** A prompt shorter than this is computed sooner than looked for. */
    static final int LEAST_SHARED = 16;

    /** @param tokens how many of the prompt's first tokens {@code slot} holds */
    record Match(SlotId slot, int tokens) {}

    /** Tokens in a row that the same slots hold. */
    private static final class Node {
        private Node parent;
        private int start;
        private int[] tokens;
        private int length;
        private final List<Node> children = new ArrayList<>(0);
        private final List<SlotId> tips = new ArrayList<>(1);
        private int pins;

        private Node(Node parent, int start, int[] tokens) {
            this.parent = parent;
            this.start = start;
            this.tokens = tokens;
            this.length = tokens.length;
        }

        private int end() {
            return start + length;
        }

        private List<Place> after() {
            return children.stream().map(child -> new Place(child, 0)).toList();
        }

        private int alike(int[] prompt, int from, int to) {
            int most = Math.min(length, to - from);
            int differs = Arrays.mismatch(tokens, 0, most, prompt, from, from + most);
            return differs < 0 ? most : differs;
        }
    }

    private final Map<String, Node> roots = new HashMap<>();
    private final Node[] tipOf;
    private final boolean[] pinned;
    private final int[] timesUsed;
    private final long[] lastUsed;
    /** Counts the uses of all slots: the clock by which one was used long ago. */
    private long uses;
    private int used;
    private int pinnedCells;
    private int kept;

    KvTree(int slots) {
        tipOf = new Node[slots];
        pinned = new boolean[slots];
        timesUsed = new int[slots];
        lastUsed = new long[slots];
    }

    /** KV cells that hold tokens. */
    int used() {
        return used;
    }

    /** Of these, the cells that sequences need; the others can be had by letting kept slots go. */
    int pinnedCells() {
        return pinnedCells;
    }

    /** Of the used cells, those that only the past needed. */
    int keptCells() {
        return used - pinnedCells;
    }

    /**
     * Of the used cells, those that hold what others hold after the same beginning of the same space: slots computed it each
     * for itself. O(nodes + copies).
     */
    int copies() {
        int copies = 0;
        for (Node root : roots.values()) {
            copies += copies(root.after());
        }
        return copies;
    }

    /** A place in a node, before one of its tokens. */
    private record Place(Node node, int index) {
        int next() {
            return node.tokens[index];
        }

        int left() {
            return node.length - index;
        }
    }

    /** @param places all that come after one and the same text */
    private static int copies(List<Place> places) {
        if (places.size() == 1) {
            return copies(places.getFirst().node.after());
        }
        Map<Integer, List<Place>> byToken = new HashMap<>();
        places.forEach(place -> byToken.computeIfAbsent(place.next(), _ -> new ArrayList<>()).add(place));
        int copies = 0;
        for (List<Place> alike : byToken.values()) {
            int length = alike.size() == 1 ? alike.getFirst().left() : alike(alike);
            List<Place> after = new ArrayList<>();
            for (Place place : alike) {
                boolean ends = length == place.left();
                after.addAll(ends ? place.node.after() : List.of(new Place(place.node, place.index + length)));
            }
            copies += (alike.size() - 1) * length + copies(after);
        }
        return copies;
    }

    /** How many tokens all of these have in common from their places on, within their nodes. */
    private static int alike(List<Place> places) {
        Place first = places.getFirst();
        int alike = first.left();
        for (Place other : places) {
            int most = Math.min(alike, other.left());
            int differs = Arrays.mismatch(first.node.tokens, first.index, first.index + most,
                    other.node.tokens, other.index, other.index + most);
            alike = differs < 0 ? most : differs;
        }
        return alike;
    }

    /** How many slots are kept. */
    int kept() {
        return kept;
    }

    /** An empty, pinned slot. */
    void open(SlotId slot, String space) {
        end(slot, roots.computeIfAbsent(space, _ -> new Node(null, 0, new int[0])));
        timesUsed[slot.index()] = 0;
        lastUsed[slot.index()] = uses;
    }

    /** The longest beginning of {@code prompt} that a slot of this space holds, at most {@code most} tokens; or null. */
    Match find(String space, int[] prompt, int most) {
        Node root = roots.get(space);
        Match longest = root == null ? null : longest(root, prompt, most);
        return longest == null || longest.tokens < LEAST_SHARED ? null : longest;
    }

    /** Children may begin alike, where slots computed the same tokens each for itself: every one is followed. */
    private static Match longest(Node at, int[] prompt, int most) {
        Node deepest = at;
        int found = at.end();
        Match below = null;
        for (Node child : at.children) {
            int alike = child.alike(prompt, at.end(), most);
            if (alike == child.length) {
                Match match = longest(child, prompt, most);
                below = below == null || match.tokens > below.tokens ? match : below;
            } else if (at.end() + alike > found) {
                deepest = child;
                found = at.end() + alike;
            }
        }
        return below != null && below.tokens >= found ? below : new Match(holder(deepest), found);
    }

    private static SlotId holder(Node node) {
        Node at = node;
        while (at.tips.isEmpty()) {
            at = at.children.getFirst();
        }
        return at.tips.getFirst();
    }

    /** The open, empty slot begins with what was found; the finding counts as a use. */
    void fork(SlotId slot, Match match) {
        Node at = tipOf[match.slot.index()];
        while (at.start >= match.tokens) {
            at = at.parent;
        }
        if (at.end() > match.tokens) {
            at = split(at, match.tokens - at.start);
        }
        leave(slot);
        end(slot, at);
        use(match.slot);
    }

    /** The engine computed more tokens of a pinned slot. */
    void append(SlotId slot, int[] tokens, int from, int to) {
        int count = to - from;
        Node tip = tipOf[slot.index()];
        if (tip.parent == null || !tip.children.isEmpty() || tip.tips.size() > 1) {
            Node longer = new Node(tip, tip.end(), Arrays.copyOfRange(tokens, from, to));
            tip.children.add(longer);
            tip.tips.remove(slot);
            longer.tips.add(slot);
            longer.pins = 1;
            tipOf[slot.index()] = longer;
        } else {
            if (tip.length + count > tip.tokens.length) {
                tip.tokens = Arrays.copyOf(tip.tokens, Math.max(16, 2 * (tip.length + count)));
            }
            System.arraycopy(tokens, from, tip.tokens, tip.length, count);
            tip.length += count;
        }
        used += count;
        pinnedCells += count;
    }

    /**
     * No sequence needs the slot any more, but its cells may be of use.
     *
     * @return kept slots that hold nothing that this one doesn't; to be released
     */
    List<SlotId> keep(SlotId slot) {
        pin(slot, -1);
        pinned[slot.index()] = false;
        kept++;
        use(slot);
        Node tip = tipOf[slot.index()];
        List<SlotId> covered = new ArrayList<>();
        if (!tip.children.isEmpty() || tip.tips.size() > 1) {
            covered.add(slot);
        }
        for (Node above = tip.parent; above != null; above = above.parent) {
            above.tips.stream().filter(each -> !pinned[each.index()]).forEach(covered::add);
        }
        return covered;
    }

    /** The slot's cells are given back, but for those that other slots share. */
    void release(SlotId slot) {
        if (tipOf[slot.index()] != null) {
            kept -= pinned[slot.index()] ? 0 : 1;
            leave(slot);
        }
    }

    /**
     * The kept slot that is least worth its cells, or null when none is kept.
     *
     * @param blend 0: the one unused for longest (LRU); 1: the one least often used (LFU); between, a mixture
     */
    SlotId leastWorth(double blend) {
        return leastWorth(blend, slot -> true);
    }

    /** The one of them that satisfies the condition, or null. */
    SlotId leastWorth(double blend, Predicate<SlotId> condition) {
        SlotId least = null;
        double lowest = Double.POSITIVE_INFINITY;
        for (int i = 0; i < tipOf.length; i++) {
            if (tipOf[i] != null && !pinned[i]) {
                double worth = blend * Math.log1p(timesUsed[i]) - (1 - blend) * Math.log1p(uses - lastUsed[i]);
                SlotId slot = new SlotId(i);
                if (worth < lowest && condition.test(slot)) {
                    lowest = worth;
                    least = slot;
                }
            }
        }
        return least;
    }

    /** Nothing is in any cell. */
    void clear() {
        roots.clear();
        Arrays.fill(tipOf, null);
        used = 0;
        pinnedCells = 0;
        kept = 0;
    }

    private void use(SlotId slot) {
        timesUsed[slot.index()]++;
        lastUsed[slot.index()] = ++uses;
    }

    private void end(SlotId slot, Node node) {
        node.tips.add(slot);
        tipOf[slot.index()] = node;
        pinned[slot.index()] = true;
        pin(slot, 1);
    }

    private void pin(SlotId slot, int change) {
        for (Node at = tipOf[slot.index()]; at != null; at = at.parent) {
            boolean before = at.pins > 0;
            at.pins += change;
            if (before != at.pins > 0) {
                pinnedCells += change * at.length;
            }
        }
    }

    private void leave(SlotId slot) {
        if (pinned[slot.index()]) {
            pin(slot, -1);
        }
        Node at = tipOf[slot.index()];
        at.tips.remove(slot);
        tipOf[slot.index()] = null;
        while (at.parent != null && at.tips.isEmpty() && at.children.isEmpty()) {
            used -= at.length;
            at.parent.children.remove(at);
            at = at.parent;
        }
        if (at.parent == null && at.tips.isEmpty() && at.children.isEmpty()) {
            Node root = at;
            roots.values().removeIf(each -> each == root);
        }
    }

    /** Cuts a node in two; returns the upper part, of {@code length} tokens. */
    private static Node split(Node node, int length) {
        Node upper = new Node(node.parent, node.start, Arrays.copyOf(node.tokens, length));
        upper.pins = node.pins;
        upper.children.add(node);
        node.parent.children.set(node.parent.children.indexOf(node), upper);
        node.tokens = Arrays.copyOfRange(node.tokens, length, node.length);
        node.length -= length;
        node.start += length;
        node.parent = upper;
        return upper;
    }
}
