package io.millrace.ejb.batch;

import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.SlotId;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.kv.Wish;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Which slots of the past are copied to the disk: those whose cells are given up, and those that nobody has needed for a
 * while; one a step, so that running answers wait for one copy at most. Pure; owned by the batch thread.
 */
final class DiskSaves {

    /** Fewer are computed in a step or two, about as soon as a file is found, read and restored. */
    static final int LEAST_TOKENS = 64;

    /** What a slot holds that no sequence needs. */
    private static final class Past {
        private final Origin origin;
        private final int[] tokens;
        private final int length;
        private final long sinceNanos;
        /** What the disk last said to it. */
        private Wish wish = Wish.LATER;

        private Past(Sequence sequence, long nowNanos) {
            origin = sequence.origin();
            tokens = sequence.tokens();
            length = sequence.cached();
            sinceNanos = nowNanos;
        }
    }

    private final Disk disk;
    private final Past[] bySlot;
    /** The slot that the next step copies out, and what it holds; the slot may be somebody else's by then. */
    private SlotId copying;
    private Past copied;
    /** Bytes of the store's memory that were taken for it. */
    private long reserved;
    /** Whether the engine was told. */
    private boolean told;
    private KvFormat format;
    private long nowNanos;

    DiskSaves(Disk disk, int slots) {
        this.disk = disk;
        this.bySlot = new Past[slots];
    }

    /** The engine's snapshots are like this from now on. */
    void use(KvFormat other) {
        format = other;
    }

    /** Bytes that the state of so many tokens probably has; 0 while nothing is known of the engine. */
    long stateBytes(int tokens) {
        return format == null ? 0 : tokens * format.tokenBytes();
    }

    void look(long atNanos) {
        nowNanos = atNanos;
    }

    /** What the sequence has computed is of the past from now on. */
    void add(Sequence sequence) {
        if (disk.isThere() && format != null && !sequence.isForgotten() && sequence.cached() >= LEAST_TOKENS) {
            bySlot[sequence.slot().index()] = new Past(sequence, nowNanos);
        }
    }

    /** The slot's cells are given back. */
    void remove(SlotId slot) {
        bySlot[slot.index()] = null;
    }

    /** The slots with what was said in a conversation. */
    List<SlotId> of(String conversation) {
        List<SlotId> found = new ArrayList<>();
        for (int i = 0; i < bySlot.length; i++) {
            if (bySlot[i] != null && conversation.equals(bySlot[i].origin.conversation())) {
                found.add(new SlotId(i));
            }
        }
        return found;
    }

    /** The slot that has waited for longest to be copied and should wait no longer, or null. */
    SlotId due() {
        if (!disk.isThere() || copying != null) {
            return null;
        }
        int due = -1;
        for (int i = 0; i < bySlot.length; i++) {
            Past past = bySlot[i];
            if (past != null && past.wish == Wish.LATER && nowNanos - past.sinceNanos >= disk.after().toNanos()
                    && (due < 0 || past.sinceNanos - bySlot[due].sinceNanos < 0)) {
                due = i;
            }
        }
        return due < 0 ? null : new SlotId(due);
    }

    /** Whether the next step shall copy the slot out; then it is told by {@link #copied} what came of it. */
    boolean begin(SlotId slot) {
        Past past = bySlot[slot.index()];
        if (past == null || past.wish != Wish.LATER || copying != null) {
            return false;
        }
        long bytes = stateBytes(past.length);
        past.wish = disk.store().wish(format.model(), past.origin.space(), past.origin.conversation(), past.tokens, past.length, bytes);
        if (past.wish != Wish.SAVE) {
            return false;
        }
        if (!disk.store().reserve(bytes)) {
            past.wish = Wish.LATER;
            return false;
        }
        copying = slot;
        copied = past;
        reserved = bytes;
        return true;
    }

    /** What the disk said of the slot may be true no more: it is asked again. */
    void askAgain(SlotId slot) {
        Past past = bySlot[slot.index()];
        if (past != null && past != copied) {
            past.wish = Wish.LATER;
        }
    }

    /** Whether what the slot holds is on the disk, or on its way there, or too little for that; then its cells can be had back. */
    boolean isSafe(SlotId slot) {
        Past past = bySlot[slot.index()];
        return disk.isThere() && format != null && (past == null || past.wish == Wish.SAVE || past.wish == Wish.THERE);
    }

    /** Whether the disk won't have what the slot holds. */
    boolean isRefused(SlotId slot) {
        Past past = bySlot[slot.index()];
        return past != null && past.wish == Wish.NEVER;
    }

    /** What was begun is in the step that is being planned. */
    void tell() {
        told = copying != null;
    }

    /** Whether the engine's next word about this slot is about the copy. */
    boolean isCopying(SlotId slot) {
        return told && slot.equals(copying);
    }

    /**
     * The slot that {@link #isCopying} was copied out, or could not be (null).
     *
     * @return whether it still holds the same and, since the copy failed, must be released
     */
    boolean copied(SlotId slot, KvSnapshot snapshot) {
        Past past = copied;
        if (snapshot != null && snapshot.tokens() == past.length) {
            disk.store().save(snapshot, past.origin.space(), past.origin.conversation(), past.tokens, past.length, reserved);
            reserved = 0;
        } else if (snapshot != null) {
            snapshot.close();
        }
        forget();
        return snapshot == null && bySlot[slot.index()] == past;
    }

    /** What the step said nothing about was not copied. */
    void endStep() {
        if (told) {
            forget();
        }
    }

    private void forget() {
        if (reserved > 0) {
            disk.store().forgo(reserved);
            reserved = 0;
        }
        copying = null;
        copied = null;
        told = false;
    }

    void clear() {
        forget();
        Arrays.fill(bySlot, null);
    }
}
