package io.millrace.ejb.batch;

import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The engine's slots and KV cells as the next step will find them: who is in which, and the work that brings that about,
 * in the order in which it was decided. Pure; owned by the batch thread.
 */
final class Slots {

    private final int contextTokens;
    private final Sequence[] bySlot;
    private final Deque<SlotId> free = new ArrayDeque<>();
    private final List<SlotWork> control = new ArrayList<>();
    /** Sequences whose KV state the next step copies out; their slots are free after it. */
    private final Map<SlotId, Sequence> saving = new HashMap<>();
    private final KvTree tree;
    private long hostBytes;
    private boolean shares = true;

    Slots(int slots, int contextTokens) {
        this.contextTokens = contextTokens;
        this.bySlot = new Sequence[slots];
        this.tree = new KvTree(slots);
        for (int i = 0; i < slots; i++) {
            free.addLast(new SlotId(i));
        }
    }

    KvTree tree() {
        return tree;
    }

    /** KV state of paused sequences in host memory, bytes. */
    long hostBytes() {
        return hostBytes;
    }

    /** The sequence that an engine's outcome is of. */
    Sequence reported(SlotOutcome outcome) {
        Sequence sequence = in(outcome.slot());
        if (sequence == null) {
            throw new IllegalStateException("the engine reported slot " + outcome.slot().index() + ", in which nothing runs");
        }
        return sequence;
    }

    /** The sequence in a slot, or null. */
    Sequence in(SlotId slot) {
        return bySlot[slot.index()];
    }

    boolean hasFree() {
        return !free.isEmpty();
    }

    boolean idle() {
        return control.isEmpty();
    }

    /** What shall be done before the next step computes; handed over once. */
    List<SlotWork> takeControl() {
        List<SlotWork> taken = List.copyOf(control);
        control.clear();
        return taken;
    }

    /** How many of a sequence's tokens it would find in the cells. */
    int findable(Sequence sequence) {
        KvTree.Match match = sequence.snapshot() == null ? find(sequence) : null;
        return match == null ? 0 : match.tokens();
    }

    /** This model's memory can't be shared between slots. */
    void shareNoMore() {
        shares = false;
    }

    private KvTree.Match find(Sequence sequence) {
        return !shares ? null : tree.find(sequence.space(), sequence.tokens(), sequence.length() - 1);
    }

    /** Gives a sequence a free slot, with its saved state or with the beginning that another slot holds. */
    void place(Sequence sequence) {
        SlotId slot = free.pollFirst();
        sequence.place(slot);
        bySlot[slot.index()] = sequence;
        tree.open(slot, sequence.space());
        control.add(new SlotWork.Open(slot, sequence.sampling(), sequence.said()));
        KvSnapshot snapshot = sequence.snapshot();
        if (snapshot != null && tree.used() + snapshot.tokens() <= contextTokens) {
            control.add(new SlotWork.Restore(slot, snapshot));
            sequence.found(snapshot.tokens());
            tree.append(slot, sequence.tokens(), 0, snapshot.tokens());
        }
        forget(sequence);
        if (sequence.cached() == 0) {
            share(sequence, control);
        }
    }

    /** A sequence of which nothing is computed begins with what another slot holds, if any does. */
    void share(Sequence sequence, List<SlotWork> work) {
        KvTree.Match match = find(sequence);
        if (match != null) {
            work.add(new SlotWork.Fork(sequence.slot(), match.slot(), match.tokens()));
            tree.fork(sequence.slot(), match);
            sequence.found(match.tokens());
        }
    }

    /** The planned tokens of a sequence were computed; answers how many. */
    int advance(Sequence sequence) {
        int from = sequence.cached();
        int count = sequence.advance();
        tree.append(sequence.slot(), sequence.tokens(), from, from + count);
        return count;
    }

    /** The sequence is done; its slot is kept for others that begin alike. */
    void keep(Sequence sequence) {
        SlotId slot = sequence.slot();
        bySlot[slot.index()] = null;
        sequence.displaced();
        tree.keep(slot).forEach(this::release);
    }

    /** Gives up the slot and what it holds. */
    void drop(Sequence sequence) {
        SlotId slot = sequence.slot();
        bySlot[slot.index()] = null;
        sequence.displaced();
        release(slot);
    }

    /** Gives up the slot; what it holds is copied to host memory first. */
    void moveOut(Sequence sequence) {
        SlotId slot = sequence.slot();
        control.add(new SlotWork.Save(slot));
        control.add(new SlotWork.Release(slot));
        saving.put(slot, sequence);
        bySlot[slot.index()] = null;
        tree.release(slot);
        sequence.displaced();
    }

    /** Lets the kept slot go that is least worth its cells; false when none is kept. */
    boolean evict(double blend) {
        SlotId slot = tree.leastWorth(blend);
        if (slot != null) {
            release(slot);
        }
        return slot != null;
    }

    private void release(SlotId slot) {
        tree.release(slot);
        control.add(new SlotWork.Release(slot));
        free.addLast(slot);
    }

    /** A slot's state was copied out, or could not be ({@code null}); a sequence that is placed again has no use for it. */
    void saved(SlotId slot, KvSnapshot snapshot) {
        Sequence sequence = saving.remove(slot);
        free.addLast(slot);
        if (sequence != null && snapshot != null && sequence.slot() == null && sequence.answer().outcome() == null) {
            sequence.saved(snapshot);
            hostBytes += snapshot.state().length;
        }
    }

    /** The step is over: what it didn't copy out is computed again. */
    void endSaving() {
        List.copyOf(saving.keySet()).forEach(slot -> saved(slot, null));
    }

    boolean isSaving(SlotId slot) {
        return saving.containsKey(slot);
    }

    /** A sequence's saved state is of no more use. */
    void forget(Sequence sequence) {
        if (sequence.snapshot() != null) {
            hostBytes -= sequence.snapshot().state().length;
            sequence.saved(null);
        }
    }

    /** The engine is a fresh one; every sequence must be placed anew. */
    void clear() {
        control.clear();
        saving.clear();
        tree.clear();
        Arrays.fill(bySlot, null);
        free.clear();
        for (int i = 0; i < bySlot.length; i++) {
            free.addLast(new SlotId(i));
        }
    }
}
