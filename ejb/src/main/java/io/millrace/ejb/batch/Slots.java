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

    /** @param bytes that its state probably takes */
    private record Saving(Sequence sequence, long bytes) {}

    private final int contextTokens;
    private final Sequence[] bySlot;
    private final Deque<SlotId> free = new ArrayDeque<>();
    private final List<SlotWork> control = new ArrayList<>();
    /** Whose KV state the next step copies out; their slots are free after it. */
    private final Map<SlotId, Saving> saving = new HashMap<>();
    /** What the next step restores of host memory; of no more use after it. */
    private final List<KvSnapshot> restoring = new ArrayList<>();
    private final KvTree tree;
    private final DiskSaves saves;
    private long hostBytes;
    private boolean shares = true;

    Slots(int slots, int contextTokens, DiskSaves saves) {
        this.contextTokens = contextTokens;
        this.saves = saves;
        this.bySlot = new Sequence[slots];
        this.tree = new KvTree(slots);
        for (int i = 0; i < slots; i++) {
            free.addLast(new SlotId(i));
        }
    }

    KvTree tree() {
        return tree;
    }

    /** KV state of paused sequences in host memory, bytes, with what is on its way there. */
    long hostBytes() {
        return hostBytes + saving.values().stream().mapToLong(Saving::bytes).sum();
    }

    /** Bytes that a sequence's state probably takes. */
    long stateBytes(Sequence sequence) {
        return saves.stateBytes(sequence.cached());
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
        saves.tell();
        return taken;
    }

    /** How many of a sequence's tokens it would find in the cells. */
    int findable(Sequence sequence) {
        KvTree.Match match = sequence.snapshot() == null ? find(sequence) : null;
        return match == null ? 0 : match.tokens();
    }

    /** This model's memory can't be shared between slots, nor cut. */
    void shareNoMore() {
        shares = false;
    }

    boolean shares() {
        return shares;
    }

    private KvTree.Match find(Sequence sequence) {
        return !shares ? null : tree.find(sequence.space(), sequence.tokens(), sequence.length() - 1);
    }

    /**
     * Gives a sequence a free slot, with its saved state or with the beginning that another slot holds, unless one of
     * {@code running} is about to have more of it.
     */
    void place(Sequence sequence, List<Sequence> running) {
        placeEmpty(sequence);
        KvSnapshot snapshot = sequence.snapshot();
        if (snapshot != null && tree.used() + snapshot.tokens() <= contextTokens) {
            fill(sequence, snapshot, snapshot.tokens());
            restoring.add(snapshot);
            sequence.saved(null);
        }
        forget(sequence);
        int there = sequence.cached() == 0 ? findable(sequence) : 0;
        if (there > 0 && running.stream().noneMatch(other -> !other.decoding() && other.brings(sequence, there))) {
            share(sequence, control);
        }
    }

    /** Gives a sequence a free slot with nothing in it. */
    void placeEmpty(Sequence sequence) {
        SlotId slot = free.pollFirst();
        sequence.place(slot);
        bySlot[slot.index()] = sequence;
        tree.open(slot, sequence.space());
        control.add(new SlotWork.Open(slot, sequence.sampling(), sequence.said()));
    }

    private void fill(Sequence sequence, KvSnapshot snapshot, int tokens) {
        control.add(new SlotWork.Restore(sequence.slot(), snapshot));
        if (tokens < snapshot.tokens()) {
            control.add(new SlotWork.Trim(sequence.slot(), tokens));
        }
        sequence.found(tokens);
        tree.append(sequence.slot(), sequence.tokens(), 0, tokens);
    }

    /**
     * Fills the empty slot of a sequence with the first tokens of a state, for which kept slots go where that is needed.
     *
     * @return false when there is no room for all of the state; then nothing is done
     */
    boolean restore(Sequence sequence, KvSnapshot snapshot, int tokens, double blend) {
        while (tree.used() + snapshot.tokens() > contextTokens) {
            if (!evict(blend)) {
                return false;
            }
        }
        fill(sequence, snapshot, tokens);
        return true;
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
        saves.add(sequence);
        sequence.displaced();
        tree.keep(slot).forEach(this::release);
    }

    /** Gives up the slot and what it holds; that goes to the disk, if it may and is worth it. */
    void dropToDisk(Sequence sequence) {
        saves.add(sequence);
        copyToDisk(sequence.slot());
        drop(sequence);
    }

    private void copyToDisk(SlotId slot) {
        if (saves.begin(slot)) {
            control.add(new SlotWork.Save(slot));
        }
    }

    /** Has the kept slot copied to the disk that has waited for it for longest, if any has for long enough. */
    void copyDue() {
        SlotId slot = saves.due();
        if (slot != null) {
            copyToDisk(slot);
        }
    }

    /** Lets the kept slots go that hold what was said in a conversation; none of it goes to the disk. */
    void releaseOf(String conversation) {
        saves.of(conversation).forEach(this::release);
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
        saving.put(slot, new Saving(sequence, stateBytes(sequence)));
        bySlot[slot.index()] = null;
        tree.release(slot);
        sequence.displaced();
    }

    /** Lets the kept slot go that is least worth its cells; false when none is kept. */
    boolean evict(double blend) {
        SlotId slot = tree.leastWorth(blend);
        if (slot != null) {
            copyToDisk(slot);
            release(slot);
        }
        return slot != null;
    }

    /**
     * Lets the kept slot go that is least worth its cells, of those that the disk has or will have; what it lacks is copied
     * there first, one slot a step.
     *
     * @return false when there is none, or its copy must wait
     */
    boolean moveToDisk(double blend) {
        SlotId slot = tree.leastWorth(blend, each -> !saves.isRefused(each));
        if (slot == null) {
            return false;
        }
        saves.askAgain(slot);
        copyToDisk(slot);
        boolean safe = saves.isSafe(slot);
        if (safe) {
            release(slot);
        }
        return safe;
    }

    /** Lets all kept slots go; nobody knows what they are worth, so nothing of them goes to the disk. */
    void evictAll() {
        for (SlotId slot = tree.leastWorth(0); slot != null; slot = tree.leastWorth(0)) {
            release(slot);
        }
    }

    private void release(SlotId slot) {
        saves.remove(slot);
        tree.release(slot);
        control.add(new SlotWork.Release(slot));
        free.addLast(slot);
    }

    /** A slot's state was copied out, or could not be ({@code null}); a sequence that is placed again has no use for it. */
    void saved(SlotId slot, KvSnapshot snapshot) {
        if (saves.isCopying(slot)) {
            if (saves.copied(slot, snapshot)) {
                release(slot);
            }
            return;
        }
        Saving saved = saving.remove(slot);
        Sequence sequence = saved == null ? null : saved.sequence;
        free.addLast(slot);
        if (sequence != null && snapshot != null && sequence.slot() == null && sequence.answer().outcome() == null) {
            sequence.saved(snapshot);
            hostBytes += snapshot.state().bytes();
        } else if (snapshot != null) {
            snapshot.close();
        }
    }

    /** The step is over: what it didn't copy out is computed again, and what it restored of host memory is of no more use. */
    void endStep() {
        saves.endStep();
        List.copyOf(saving.keySet()).forEach(slot -> saved(slot, null));
        closeRestored();
    }

    private void closeRestored() {
        restoring.forEach(this::close);
        restoring.clear();
    }

    private void close(KvSnapshot snapshot) {
        hostBytes -= snapshot.state().bytes();
        snapshot.close();
    }

    boolean isSaving(SlotId slot) {
        return saves.isCopying(slot) || saving.containsKey(slot);
    }

    /** A sequence's saved state is of no more use. */
    void forget(Sequence sequence) {
        if (sequence.snapshot() != null) {
            close(sequence.snapshot());
            sequence.saved(null);
        }
    }

    /** The engine is a fresh one; every sequence must be placed anew. */
    void clear() {
        control.clear();
        saving.clear();
        saves.clear();
        closeRestored();
        tree.clear();
        Arrays.fill(bySlot, null);
        free.clear();
        for (int i = 0; i < bySlot.length; i++) {
            free.addLast(new SlotId(i));
        }
    }
}
