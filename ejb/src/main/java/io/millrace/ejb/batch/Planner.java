package io.millrace.ejb.batch;

import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.ejb.lane.Lanes;
import java.util.ArrayList;
import java.util.List;

/**
 * What the next step computes: the next token of every answer, then chunks of prompts, for which those of lower lanes stand
 * back ({@link StandBack}). Where steps are not mixed, answers and prompts have steps of their own, by turns. Pure; owned by
 * the batch thread; works on the batcher's own lists.
 */
final class Planner {

    /** While more readers wait for their first token than for their next, these may wait this many times as long as they should. */
    private static final int IN_A_BURST = 2;

    private final Lanes<Sequence> lanes;
    private final Slots slots;
    private final List<Sequence> running;
    private final StepCost cost;
    private final StandBack standBack = new StandBack();
    private StepLoad planned = StepLoad.NONE;
    private int found;
    /** Of steps since answers were written on. */
    private long beforeAnswersNanos;

    Planner(Lanes<Sequence> lanes, Slots slots, List<Sequence> running, StepCost cost) {
        this.lanes = lanes;
        this.slots = slots;
        this.running = running;
        this.cost = cost;
    }

    /** What the step planned last computes. */
    StepLoad planned() {
        return planned;
    }

    /** Tokens of prompts that it need not compute because other slots hold them. */
    int found() {
        return found;
    }

    StepPlan plan(BatchSettings settings) {
        List<SlotWork> work = new ArrayList<>(slots.takeControl());
        standBack.decide(running, settings, cost);
        List<Sequence> answers = running.stream().filter(each -> each.decoding() && !standBack.holds(each)).toList();
        StepLoad written = StepLoad.NONE;
        for (Sequence each : answers) {
            written = written.withDecode(each.cached());
        }
        double target = settings.tokenTarget().toNanos();
        boolean apart = !settings.mixed() && !answers.isEmpty();
        boolean promptsTurn = !apart || planned.prefills() == 0 || planned.decodes() > 0 || isBurst(answers.size())
                && beforeAnswersNanos + cost.nanos(written) + Chunks.MARGIN * target < IN_A_BURST * target;
        beforeAnswersNanos = answers.isEmpty() ? 0 : beforeAnswersNanos;
        running.forEach(each -> each.plan(0));
        found = 0;
        planned = StepLoad.NONE;
        if (!apart) {
            write(answers, work);
        }
        if (promptsTurn) {
            Chunks chunks = new Chunks(settings, cost, slots, lanes, standBack, written, apart);
            chunks.plan(running, work);
            found = chunks.found();
            planned = chunks.load();
        }
        if (apart && planned.prefills() == 0) {
            write(answers, work);
            planned = written;
        }
        return new StepPlan(work);
    }

    /** Whether more readers wait for their first token than for their next. */
    private boolean isBurst(int answers) {
        return cost.known() && running.stream().filter(each -> !each.decoding() && each.awaited() == null && !standBack.holds(each)).count() > answers;
    }

    private static void write(List<Sequence> answers, List<SlotWork> work) {
        for (Sequence each : answers) {
            each.plan(1);
            work.add(new SlotWork.Decode(each.slot(), each.lastToken()));
        }
    }

    /** The step took so long; answers how long it is since the answers in it had their last token, 0 where it has none. */
    long stepped(long nanos) {
        cost.observe(planned, nanos);
        standBack.stepped(nanos);
        long since = beforeAnswersNanos + nanos;
        boolean wrote = planned.decodes() > 0;
        beforeAnswersNanos = wrote ? 0 : since;
        return wrote ? since : 0;
    }
}
