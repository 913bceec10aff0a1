package io.millrace.ejb.batch;

import io.millrace.ejb.lane.Lane;
import java.util.List;

/**
 * Who stands back while prompts of lane P0 are computed, so that those take no longer than they would alone: P2 and P3
 * always, P1 as long as its readers wait no longer for their next token than they should. They keep their slots and cells.
 * Pure; owned by the batch thread.
 */
final class StandBack {

    private Lane first;
    private double heldNanos;

    /** Decides about the next step. */
    void decide(List<Sequence> running, BatchSettings settings, StepCost cost) {
        StepLoad critical = StepLoad.NONE;
        for (Sequence each : running) {
            if (each.lane() == Lane.P0 && each.prefilling()) {
                critical = critical.withPrefill(each.cached(), Math.min(each.uncached(), settings.stepTokens() - critical.prefills()));
            }
        }
        if (critical.prefills() == 0) {
            first = null;
        } else {
            double next = cost.nanos(critical);
            boolean inTime = cost.known() && heldNanos + next <= settings.tokenTarget().toNanos();
            first = inTime ? Lane.P1 : Lane.P2;
        }
    }

    /** Whether the next step does nothing for this sequence. */
    boolean holds(Sequence sequence) {
        return first != null && sequence.lane().compareTo(first) >= 0;
    }

    /** The step took so long. */
    void stepped(long nanos) {
        heldNanos = first == Lane.P1 ? heldNanos + nanos : 0;
    }
}
