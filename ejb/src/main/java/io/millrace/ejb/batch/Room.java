package io.millrace.ejb.batch;

import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.util.List;

/**
 * Who gives KV cells up when they run short: first what only the past needed, then paused sequences, then running ones,
 * of each the lowest lane first and in it the last that joined. Pure; owned by the batch thread; works on the batcher's
 * own lists.
 */
final class Room {

    /** Left for each running sequence to grow before another one joins, so that it isn't displaced at once. */
    private static final int HEADROOM_TOKENS = 32;

    /** Of the cells, the part that the past keeps where it can be had back from the disk: that costs a prompt some 10 ms per 1,000 tokens. */
    private static final double AT_HAND = 1.0 / 16;

    private final ModelInfo model;
    private final Lanes<Sequence> lanes;
    private final Slots slots;
    private final List<Sequence> running;
    private final List<Sequence> paused;
    private BatchSettings settings;
    private long pauses;

    Room(ModelInfo model, Lanes<Sequence> lanes, Slots slots, List<Sequence> running, List<Sequence> paused) {
        this.model = model;
        this.lanes = lanes;
        this.slots = slots;
        this.running = running;
        this.paused = paused;
    }

    void use(BatchSettings next) {
        settings = next;
    }

    /**
     * A sequence that runs no more leaves its slot to those that begin alike, where it is worth it.
     *
     * @param kept part of the cells that the past may have now
     */
    void leave(Sequence sequence, double kept) {
        if (sequence.isForgotten()) {
            slots.drop(sequence);
        } else if (kept > 0 && sequence.cached() >= KvTree.LEAST_SHARED) {
            slots.keep(sequence);
            keep(kept);
        } else {
            slots.dropToDisk(sequence);
        }
    }

    /**
     * The past gives cells up until it has no more than this part of all; where a CPU computes, what the disk has too gives up
     * more, as a step's time there goes with the cells that its attention looks over.
     */
    void keep(double part) {
        while (isPastBeyond(part)) {
            slots.evict(settings.evictionBlend());
        }
        while (!settings.mixed() && isPastBeyond(AT_HAND) && slots.moveToDisk(settings.evictionBlend())) {
            // one after the other
        }
    }

    private boolean isPastBeyond(double part) {
        return slots.tree().kept() > 0 && slots.tree().keptCells() > part * model.contextTokens();
    }

    /** Pauses the last that joined of the lowest lane, for lane P0; false when only P0 and P1 run, or room isn't short. */
    boolean pauseOne() {
        if (running.size() < settings.slots()) {
            return false;
        }
        Sequence victim = lowestOf(running);
        if (victim.lane().compareTo(Lane.P2) < 0) {
            return false;
        }
        running.remove(victim);
        paused.add(victim);
        lanes.putBack(victim);
        pauses++;
        return true;
    }

    /** Whether a request of lane P0 would find a place, if only by a pause. */
    boolean takesCritical() {
        return running.size() < settings.slots() || lowestOf(running).lane().compareTo(Lane.P2) >= 0;
    }

    /** How often a sequence was paused for a higher lane. */
    long pauses() {
        return pauses;
    }

    /** Gives cells up until the next step finds room if every prompt goes on as far as the step's budget allows. */
    void makeForStep() {
        int tokens = 0;
        for (Sequence each : running) {
            tokens += each.awaited() == null ? each.uncached() : 0;
        }
        make(Math.min(tokens, settings.stepTokens()));
    }

    /** Gives cells up until {@code tokens} more find room, or nothing is left to give up. */
    void make(int tokens) {
        while (slots.tree().used() + tokens > model.contextTokens() && giveUpOne(false)) {
            // one after the other
        }
    }

    /**
     * Gives up the cells that are worth least.
     *
     * @param whateverItTakes whether the last running sequence fails when there is nothing else
     */
    boolean giveUpOne(boolean whateverItTakes) {
        if (slots.evict(settings.evictionBlend()) || giveUpPaused()) {
            return true;
        }
        if (running.size() > 1) {
            Sequence victim = lowestOf(running);
            running.remove(victim);
            moveOut(victim);
            lanes.putBack(victim);
            return true;
        }
        if (whateverItTakes && !running.isEmpty()) {
            Sequence last = running.removeFirst();
            lanes.ended(last);
            slots.drop(last);
            last.answer().fail(new Refusal(Reason.ENGINE_FAILED, "The KV cache of " + model.contextTokens()
                    + " tokens can't hold this request although it runs alone; give the engine more context.", null, 0));
        }
        return false;
    }

    /** The paused sequence of the lowest lane gives up its cells; false when none is paused. */
    boolean giveUpPaused() {
        if (paused.isEmpty()) {
            return false;
        }
        Sequence victim = lowestOf(paused);
        paused.remove(victim);
        moveOut(victim);
        return true;
    }

    private void moveOut(Sequence victim) {
        boolean worth = victim.cached() >= KvTree.LEAST_SHARED && slots.hostBytes() + slots.stateBytes(victim) <= settings.hostBytes();
        if (worth) {
            slots.moveOut(victim);
        } else {
            slots.dropToDisk(victim);
        }
    }

    /**
     * Whether there are cells for one more beside what those that run will probably need.
     *
     * @param critical whether those of lower lanes give way to it
     */
    boolean fits(Sequence next, boolean critical) {
        int promised = 0;
        int reclaimable = 0;
        for (Sequence each : running) {
            boolean givesWay = critical && each.lane() != Lane.P0;
            promised += givesWay ? 0 : each.uncached() + HEADROOM_TOKENS;
            reclaimable += givesWay ? each.cached() : 0;
        }
        for (Sequence each : paused) {
            reclaimable += each == next ? 0 : each.cached();
        }
        int needed = next.slot() != null ? next.uncached() : next.length() - slots.findable(next);
        int left = model.contextTokens() - slots.tree().pinnedCells() - promised;
        return needed < left + (critical ? reclaimable : 0);
    }

    /** The last of those of the lowest lane. */
    static Sequence lowestOf(List<Sequence> sequences) {
        Sequence lowest = sequences.getFirst();
        for (Sequence each : sequences) {
            lowest = each.lane().compareTo(lowest.lane()) >= 0 ? each : lowest;
        }
        return lowest;
    }
}
