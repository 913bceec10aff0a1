package io.millrace.ejb.batch;

import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * What the next step computes: the next token of every answer, then chunks of prompts, for which those of lower lanes stand
 * back ({@link StandBack}). Where steps are not mixed, answers and prompts have steps of their own, by turns. Pure; owned by
 * the batch thread; works on the batcher's own lists.
 */
final class Planner {

    /** While more readers wait for their first token than for their next, these may wait this many times as long as they should. */
    private static final int IN_A_BURST = 4;

    private final Lanes<Sequence> lanes;
    private final Slots slots;
    private final List<Sequence> running;
    private final StepCost cost;
    private final StandBack standBack = new StandBack();
    private StepLoad planned = StepLoad.NONE;
    private int found;
    /** Whether the step before was cut short, mostly for a prompt of lane P0. */
    private boolean cut;
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
        boolean apart = !settings.mixed() && !answers.isEmpty();
        boolean promptsTurn = !apart || isPromptsTurn(settings.tokenTarget().toNanos(), written);
        beforeAnswersNanos = answers.isEmpty() ? 0 : beforeAnswersNanos;
        running.forEach(each -> each.plan(0));
        cut = false;
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

    /** Whether the step may be one for prompts where those have steps of their own. */
    private boolean isPromptsTurn(double target, StepLoad answers) {
        boolean answersWere = !cut && (planned.prefills() == 0 || planned.decodes() > 0);
        return answersWere || cut && criticalPrompts().findAny().isPresent() || isBurst(answers.decodes())
                && beforeAnswersNanos + cost.nanos(answers) + Chunks.MARGIN * target < IN_A_BURST * target;
    }

    private Stream<Sequence> criticalPrompts() {
        return running.stream().filter(each -> each.lane() == Lane.P0 && each.prefilling());
    }

    /** Whether more readers wait for their first token than for their next. */
    private boolean isBurst(int answers) {
        return cost.known() && running.stream().filter(each -> each.prefilling() && !standBack.holds(each)).count() > answers;
    }

    private static void write(List<Sequence> answers, List<SlotWork> work) {
        for (Sequence each : answers) {
            each.plan(1);
            work.add(new SlotWork.Decode(each.slot(), each.lastToken()));
        }
    }

    /**
     * How long the step planned last will probably take, nanoseconds; 0 where it shall not be cut short for a request of lane P0: it has a
     * prompt of that itself, or nothing is known, or steps are short because a GPU computes them (llama.cpp asks nobody there whether
     * to go on).
     */
    double interruptible(BatchSettings settings) {
        boolean critical = criticalPrompts().anyMatch(each -> each.planned() > 0);
        return settings.mixed() || critical || !cost.known() ? 0 : cost.nanos(planned);
    }

    /** The step was cut short after so long and brought nothing. */
    void cutShort(long nanos) {
        cut = true;
        beforeAnswersNanos += nanos;
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
