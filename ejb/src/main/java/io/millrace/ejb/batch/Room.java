package io.millrace.ejb.batch;

import io.millrace.connector.engine.ModelInfo;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.util.List;

/**
 * Who finds KV cells, and who gives them up when they run short: first what only the past needed, then paused sequences, then running ones,
 * of each the lowest lane first and in it the last that joined. Pure; owned by the batch thread; works on the batcher's
 * own lists.
 */
final class Room {

    /** Room left for each running sequence to grow before another one joins, so that it isn't displaced at once. */
    private static final int HEADROOM_TOKENS = 32;

    private final ModelInfo model;
    private final Lanes<Sequence> lanes;
    private final Slots slots;
    private final List<Sequence> running;
    private final List<Sequence> paused;
    private BatchSettings settings;
    /** Whether somebody who would find a slot waits for cells. */
    private boolean cellsAwaited;

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

    /** Until somebody is found for whom there are no cells. */
    void nobodyWaits() {
        cellsAwaited = false;
    }

    /** Whether there are cells for one that waits, who has a slot or will find one, beside those promised to others. */
    boolean hasCellsFor(Sequence next) {
        boolean critical = next.lane() == Lane.P0;
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
        cellsAwaited = needed >= left + (critical ? reclaimable : 0);
        return !cellsAwaited;
    }

    /**
     * Part of the allocated KV cells that is of no use, 0 to 1. Allocated are the cells that hold tokens, and all of them
     * while a prompt waits for cells, since then nobody gets those that are left. Of use is what holds tokens that no other
     * cell of the same space holds, and what prompts that are being computed will fill. Of a cache that isn't unified it
     * tells nothing: there a slot's whole share is allocated to it.
     */
    double fragmentation() {
        int tokens = slots.tree().used() - slots.tree().copies();
        int coming = 0;
        for (Sequence each : running) {
            coming += each.uncached();
        }
        int allocated = cellsAwaited ? model.contextTokens() : slots.tree().used();
        int useful = Math.min(allocated, tokens + (cellsAwaited ? coming : 0));
        return allocated == 0 ? 0 : 1 - useful / (double) allocated;
    }

    /** A sequence that runs no more leaves its slot to those that begin alike, where it is worth it. */
    void leave(Sequence sequence) {
        if (settings.kept() > 0 && sequence.cached() >= KvTree.LEAST_SHARED) {
            slots.keep(sequence);
            while (slots.tree().kept() > 0 && slots.tree().keptCells() > settings.kept() * model.contextTokens()) {
                slots.evict(settings.evictionBlend());
            }
        } else {
            slots.drop(sequence);
        }
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
        boolean worth = victim.cached() >= KvTree.LEAST_SHARED && slots.hostBytes() < settings.hostBytes();
        if (worth) {
            slots.moveOut(victim);
        } else {
            slots.drop(victim);
        }
    }

    void evictAll() {
        while (slots.evict(settings.evictionBlend())) {
            // one after the other
        }
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
