package io.millrace.ejb.batch;

import io.millrace.connector.engine.SlotWork;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.util.Comparator;
import java.util.List;

/**
 * Which chunks of prompts a step computes beside the answers: lane P0's first, then those of the lane that is furthest
 * behind its share, within a lane in the order in which they joined; and no more than readers should have to wait for.
 * Pure.
 */
final class Chunks {

    /** A prompt goes on by so many tokens in each step, however little time there is. */
    private static final int LEAST_CHUNK = 8;

    /** A step without answers may take this many times as long: whoever comes meanwhile waits for it. */
    private static final int WITHOUT_ANSWERS = 4;

    private final BatchSettings settings;
    private final StepCost cost;
    private final Slots slots;
    private final Lanes<Sequence> lanes;
    private final StandBack standBack;

    Chunks(BatchSettings settings, StepCost cost, Slots slots, Lanes<Sequence> lanes, StandBack standBack) {
        this.settings = settings;
        this.cost = cost;
        this.slots = slots;
        this.lanes = lanes;
        this.standBack = standBack;
    }

    /**
     * Adds the chunks of the next step to {@code work}.
     *
     * @param decodes answers that the step writes on
     * @return tokens that need not be computed because other slots hold them
     */
    int plan(List<Sequence> running, int decodes, List<SlotWork> work) {
        int room = settings.stepTokens() - decodes;
        int found = 0;
        List<Sequence> prompts = running.stream().filter(each -> !each.decoding())
                .sorted(Comparator.comparingDouble(each -> lanes.turn(each.lane()))).toList();
        int spent = 0;
        for (int i = 0; i < prompts.size(); i++) {
            Sequence each = prompts.get(i);
            if (each.awaited() != null) {
                each.plan(0);
                continue;
            }
            if (each.cached() == 0) {
                slots.share(each, work);
                found += each.cached();
            }
            int budget = each.lane() == Lane.P0 ? room : Math.min(room, timeFor(decodes));
            int chunk = Math.min(Math.min(budget - spent, settings.chunk()), each.uncached());
            if (chunk > 0 && !standBack.holds(each) && !follows(each, prompts.subList(0, i))) {
                spent += chunk;
                each.plan(chunk);
                work.add(new SlotWork.Prefill(each.slot(), each.uncached(chunk), chunk == each.uncached()));
            } else {
                each.plan(0);
            }
        }
        return found;
    }

    /** Prompt tokens for which a step has time beside so many answers. */
    private int timeFor(int decodes) {
        if (settings.stall() == 0 || !cost.known()) {
            return Integer.MAX_VALUE;
        }
        double target = settings.tokenTarget().toNanos();
        double nanos = decodes == 0 ? WITHOUT_ANSWERS * target
                : Math.max(target, settings.stall() * cost.nanos(decodes, 0));
        return (int) Math.clamp(cost.prefillsIn(nanos, decodes), LEAST_CHUNK, Integer.MAX_VALUE);
    }

    /** Whether a prompt that is computed at this moment has the same beginning: it can be shared when it is there. */
    private static boolean follows(Sequence sequence, List<Sequence> before) {
        if (sequence.cached() > 0) {
            return false;
        }
        return before.stream().anyMatch(each -> each.space().equals(sequence.space())
                && sequence.alike(each) >= KvTree.LEAST_SHARED);
    }
}
