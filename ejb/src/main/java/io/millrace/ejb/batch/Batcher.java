package io.millrace.ejb.batch;

import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome.Failed;
import io.millrace.connector.engine.SlotOutcome.Prefilled;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.lane.Lanes;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.List;
import java.util.function.Predicate;

/**
 * Continuous batching: decides what the next step computes and works in what it brought.
 *
 * <p>A step decodes one token of every running answer, then fills what is left of its token budget with chunks of
 * prompts, in the order in which they joined. A sequence joins and leaves between two steps. When the KV cache can't
 * hold the next step, the sequence that joined last steps back into its lane with its tokens and is computed again
 * later; nothing that its reader has seen changes.
 *
 * <p>Pure: no I/O, no thread, no clock of its own. Owned by the batch thread. A step costs O(running) and allocates
 * only its plan.
 */
public final class Batcher {

    /** Room left for each running sequence to grow before another one joins, so that it isn't displaced at once. */
    private static final int HEADROOM_TOKENS = 32;
    private static final int MOST_REPLAYS = 2;

    private final Lanes<Sequence> lanes;
    private final ModelInfo model;
    private final Sequence[] bySlot;
    private final Deque<SlotId> free = new ArrayDeque<>();
    private final List<Sequence> running = new ArrayList<>();
    private final List<SlotId> releases = new ArrayList<>();
    private int cellsUsed;

    public Batcher(ModelInfo model, Lanes<Sequence> lanes) {
        this.model = model;
        this.lanes = lanes;
        this.bySlot = new Sequence[model.slots()];
        freeAllSlots();
    }

    /** Whether a step would compute anything, after {@link #admit}. */
    public boolean idle() {
        return running.isEmpty() && releases.isEmpty();
    }

    public int running() {
        return running.size();
    }

    /** KV cells that hold tokens of running sequences. */
    public int cellsUsed() {
        return cellsUsed;
    }

    /** Lets waiting sequences join while there are slots and KV cells for their prompts; refuses those past their deadline. */
    public void admit(long nowNanos) {
        for (Sequence late : lanes.expire(nowNanos)) {
            late.answer().fail(new Refusal(Reason.DEADLINE, "The request waited in lane " + late.lane()
                    + " until its deadline without getting its turn; try again later.", null, 1));
        }
        int promised = running.stream().mapToInt(each -> each.length() - each.cached()).sum();
        while (!free.isEmpty()) {
            int left = model.contextTokens() - cellsUsed - promised - HEADROOM_TOKENS * running.size();
            Sequence next = lanes.poll(each -> running.isEmpty() || each.length() < left);
            if (next == null) {
                return;
            }
            if (next.answer().outcome() == null) {
                place(next);
                next.answer().started(nowNanos);
                running.add(next);
                promised += next.length();
            }
        }
    }

    /** What the next step shall do. */
    public StepPlan plan() {
        makeRoom();
        List<SlotWork> work = new ArrayList<>(releases.size() + 2 * running.size());
        releases.forEach(slot -> work.add(new SlotWork.Release(slot)));
        int budget = model.maxStepTokens();
        for (Sequence each : running) {
            if (each.decoding()) {
                each.plan(1);
                work.add(new SlotWork.Decode(each.slot(), each.lastToken()));
                budget--;
            }
        }
        for (Sequence each : running) {
            if (budget > 0 && !each.decoding()) {
                budget -= prefill(each, budget, work);
            }
        }
        return new StepPlan(work);
    }

    /** Works in what a step brought. */
    public void apply(StepPlan plan, StepResult result, long nowNanos) {
        noteControl(plan);
        for (SlotOutcome outcome : result.outcomes()) {
            switch (outcome) {
                case Prefilled prefilled -> cellsUsed += sequenceIn(prefilled.slot()).advance();
                case Sampled sampled -> sampled(sampled, nowNanos);
                case Failed failed -> failed(failed);
                case SlotOutcome.Saved _ -> { }
            }
        }
        if (result instanceof StepResult.KvCacheFull) {
            displaceLast();
        }
    }

    /** Takes out every sequence, waiting or running, that satisfies {@code condition}; its slot is free after the next step. */
    public List<Sequence> remove(Predicate<Sequence> condition) {
        List<Sequence> removed = new ArrayList<>(lanes.removeIf(condition));
        for (Sequence each : List.copyOf(running)) {
            if (condition.test(each)) {
                leave(each);
                removed.add(each);
            }
        }
        return removed;
    }

    /**
     * The engine is gone and a fresh one took its place: every running sequence is computed again from its tokens,
     * unless it has seen that happen too often and may be the cause.
     */
    public void engineReplaced() {
        releases.clear();
        freeAllSlots();
        cellsUsed = 0;
        List<Sequence> suspects = running.stream().filter(each -> each.lost() > MOST_REPLAYS).toList();
        running.removeAll(suspects);
        running.forEach(this::place);
        suspects.forEach(each -> each.answer().fail(new Refusal(Reason.ENGINE_FAILED,
                "The engine was lost " + (MOST_REPLAYS + 1) + " times while it served this request.", null, 0)));
    }

    private int prefill(Sequence each, int budget, List<SlotWork> work) {
        if (!each.opened()) {
            work.add(new SlotWork.Open(each.slot(), each.sampling()));
        }
        int[] chunk = each.uncached(budget);
        each.plan(chunk.length);
        work.add(new SlotWork.Prefill(each.slot(), chunk, each.cached() + chunk.length == each.length()));
        return chunk.length;
    }

    /** Displaces sequences, the last that joined first, until the next step finds cells for its tokens. */
    private void makeRoom() {
        while (running.size() > 1 && cellsUsed + nextTokens() > model.contextTokens()) {
            displaceLast();
        }
    }

    private int nextTokens() {
        int tokens = 0;
        for (Sequence each : running) {
            tokens += each.length() - each.cached();
        }
        return Math.min(tokens, model.maxStepTokens());
    }

    private void displaceLast() {
        Sequence last = running.getLast();
        if (running.size() == 1) {
            leave(last);
            last.answer().fail(new Refusal(Reason.ENGINE_FAILED, "The KV cache of " + model.contextTokens()
                    + " tokens can't hold this request although it runs alone; give the engine more context.", null, 0));
            return;
        }
        leave(last);
        last.displaced();
        lanes.putBack(last.lane(), last);
    }

    private void noteControl(StepPlan plan) {
        for (SlotWork item : plan.work()) {
            switch (item) {
                case SlotWork.Release release -> {
                    releases.remove(release.slot());
                    free.addLast(release.slot());
                }
                case SlotWork.Open open -> sequenceIn(open.slot()).markOpened();
                default -> { }
            }
        }
    }

    private void sampled(Sampled sampled, long nowNanos) {
        Sequence sequence = sequenceIn(sampled.slot());
        cellsUsed += sequence.advance();
        sequence.append(sampled.token());
        if (!sequence.answer().accept(sequence.choice(), sampled, nowNanos)) {
            leave(sequence);
        }
    }

    private void failed(Failed failed) {
        Sequence sequence = sequenceIn(failed.slot());
        leave(sequence);
        sequence.answer().fail(switch (failed.code()) {
            case GRAMMAR -> new Refusal(Reason.INVALID, failed.message(), "grammar", 0);
            default -> new Refusal(Reason.ENGINE_FAILED, failed.message(), null, 0);
        });
    }

    private void place(Sequence sequence) {
        SlotId slot = free.pollFirst();
        sequence.place(slot);
        bySlot[slot.index()] = sequence;
    }

    private void leave(Sequence sequence) {
        running.remove(sequence);
        bySlot[sequence.slot().index()] = null;
        releases.add(sequence.slot());
        cellsUsed -= sequence.cached();
    }

    private Sequence sequenceIn(SlotId slot) {
        Sequence sequence = bySlot[slot.index()];
        if (sequence == null) {
            throw new IllegalStateException("the engine reported slot " + slot.index() + ", in which nothing runs");
        }
        return sequence;
    }

    private void freeAllSlots() {
        free.clear();
        Arrays.fill(bySlot, null);
        for (int i = 0; i < model.slots(); i++) {
            free.addLast(new SlotId(i));
        }
    }
}
