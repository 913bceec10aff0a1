package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotOutcome.Failed;
import io.millrace.connector.engine.SlotOutcome.Prefilled;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.SlotOutcome.Saved;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Lanes;
import io.millrace.ejb.lane.Pace;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;

/**
 * Continuous batching: decides what the next step computes and works in what it brought.
 *
 * <p>A step decodes one token of every running answer, then fills what is left of its token budget with chunks of
 * prompts: lane P0's first, for which the others stand back ({@link StandBack}), then those of the lane that is furthest behind. A
 * sequence joins and leaves between two steps. A request of lane P0 that finds no place pauses a running one of P3 or P2: that goes
 * back to the front of its lane and keeps its KV cells; where steps are long, the one that runs when P0 comes is cut short
 * ({@link Interruption}). P0 finds room if all others' cells are enough for it. When cells run short, what is given up first is what
 * only the past needed, then the cells of paused sequences, whose state moves to host memory or, if there is no room, is computed
 * again, then those of running ones. Nothing that a reader has seen changes by any of this.
 *
 * <p>Pure: no I/O, no thread, no clock of its own. Owned by the batch thread. A step costs O(running) and allocates only its plan.
 */
public final class Batcher {

    private static final int MOST_REPLAYS = 2;
    private static final double PROMPT_SMOOTHING = 0.1;

    private final Lanes<Sequence> lanes;
    private final ModelInfo model;
    private final Slots slots;
    private final List<Sequence> running = new ArrayList<>();
    /** Paused ones, which wait in their lanes but keep their slots. */
    private final List<Sequence> paused = new ArrayList<>();
    private final DiskSaves saves;
    private final DiskLoads loads;
    private final Room room;
    private final Pace pace = new Pace();
    private final StepCost cost = new StepCost();
    private final BatchSize size = new BatchSize();
    private final PastWorth past = new PastWorth();
    private final Planner planner;
    private BatchSettings settings;
    /** Tokens that a prompt has to have computed, on average. */
    private double prompt;
    /** Whether somebody who has a slot waits for cells. */
    private boolean cellsAwaited;

    public Batcher(ModelInfo model, Lanes<Sequence> lanes, BatchSettings settings) {
        this(model, lanes, settings, Disk.NONE);
    }

    Batcher(ModelInfo model, Lanes<Sequence> lanes, BatchSettings settings, Disk disk) {
        this.model = model;
        this.lanes = lanes;
        this.saves = new DiskSaves(disk, model.slots());
        this.slots = new Slots(model.slots(), model.contextTokens(), saves);
        this.loads = new DiskLoads(disk, slots, running, paused);
        this.room = new Room(model, lanes, slots, running, paused);
        this.planner = new Planner(lanes, slots, running, cost);
        use(settings);
    }

    /** The engine's snapshots are like this from now on; before it is told, nothing goes to the disk. */
    void use(KvFormat format) {
        saves.use(format);
        loads.use(format);
    }

    /** Other settings from the next step on. */
    public void use(BatchSettings next) {
        if (next.slots() > model.slots() || next.stepTokens() > model.maxStepTokens()) {
            throw new IllegalArgumentException("the engine has " + model.slots() + " slots and steps of "
                    + model.maxStepTokens() + " tokens, too few for " + next);
        }
        settings = next;
        room.use(next);
    }

    /** How fast it gets through its lanes; may be read by any thread. */
    public Pace pace() {
        return pace;
    }

    /** Whether a step would do anything, after {@link #admit}. */
    public boolean idle() {
        return running.isEmpty() && slots.idle();
    }

    /** Whether a step would do nothing, because all that run wait for what is read from the disk. */
    boolean waits() {
        return slots.idle() && loads.allWait();
    }

    /** Whether the engine's slots are as this batcher has them, with nothing left to be told. */
    boolean settled() {
        return slots.idle();
    }

    public int running() {
        return running.size();
    }

    public int paused() {
        return paused.size();
    }

    /** How often a sequence was paused for a higher lane. */
    public long pauses() {
        return room.pauses();
    }

    /** Prompt tokens that were found in KV cells and not computed. */
    public long foundTokens() {
        return past.foundTokens();
    }

    /** Sequences that began with a state from the disk. */
    public long restores() {
        return loads.restores();
    }

    /** KV cells that hold tokens. */
    public int cellsUsed() {
        return slots.tree().used();
    }

    /** Of these, the cells that hold what only the past needed. */
    public int cellsKept() {
        return slots.tree().keptCells();
    }

    /** As {@link Fragmentation#of}. */
    public double fragmentation() {
        int coming = cellsAwaited ? running.stream().mapToInt(Sequence::uncached).sum() : 0;
        return Fragmentation.of(slots.tree(), cellsAwaited ? model.contextTokens() : slots.tree().used(), coming);
    }

    /** KV state in host memory, bytes. */
    public long hostBytes() {
        return slots.hostBytes();
    }

    /** Answers of lanes P1 to P3 that may be written at once now. */
    public int limit() {
        return size.limit(settings);
    }

    /**
     * How long an idle engine should wait for others before those that wait begin, nanoseconds; 0: not at all. One that
     * comes while n wait saves, if it begins with them, the step that it would have to wait for; the n lose the time until it
     * comes and that of its prompt. So it must come within (base + n · answer − n · prompt) / (n + 1) of the step's cost.
     */
    public long waitNanos(long nowNanos) {
        int waiting = lanes.size();
        if (settings.mostWait().isZero() || waiting == 0 || waiting >= size.limit(settings) || !running.isEmpty()
                || lanes.size(Lane.P0) > 0 || !cost.known()) {
            return 0;
        }
        double gained = cost.nanos(new StepLoad(waiting, waiting * prompt, 0, 0)) - waiting * cost.prefillNanos(0, (int) prompt);
        return lanes.gatherNanos(gained / (waiting + 1), settings.mostWait().toNanos(), nowNanos);
    }

    /** Lets waiting sequences join while there are slots and KV cells for them; refuses those past their deadline. */
    public void admit(long nowNanos) {
        saves.look(nowNanos);
        past.found(loads.settle(settings.evictionBlend(), nowNanos));
        for (Sequence late : lanes.expire(nowNanos)) {
            if (late.answer().startedNanos() != 0) {
                // another of its choices is on its way already
                lanes.putBack(late);
                continue;
            }
            late.answer().fail(new Refusal(Reason.DEADLINE, "The request waited in lane " + late.lane()
                    + " until its deadline without getting its turn; try again later.", null,
                    (int) (1 + pace.waitNanos(late.lane(), lanes) / 1_000_000_000)));
        }
        cellsAwaited = false;
        for (boolean more = true; more;) {
            Sequence next = lanes.poll(this::fits, nowNanos);
            if (next != null) {
                join(next, nowNanos);
            } else {
                more = lanes.size(Lane.P0) > 0 && room.pauseOne();
            }
        }
        room.keep(worth());
        slots.copyDue();
    }

    private void join(Sequence next, long nowNanos) {
        boolean wasPaused = paused.remove(next);
        if (next.answer().outcome() != null) {
            lanes.ended(next);
            if (wasPaused) {
                slots.drop(next);
            } else {
                slots.forget(next);
            }
            return;
        }
        if (!wasPaused) {
            place(next, nowNanos);
        }
        next.answer().started(nowNanos);
        running.add(next);
    }

    private void place(Sequence sequence, long nowNanos) {
        if (!slots.hasFree()) {
            slots.evict(settings.evictionBlend());
        }
        if (sequence.snapshot() != null) {
            room.make(sequence.snapshot().tokens());
        }
        past.asked(sequence.length());
        if (loads.begin(sequence, cost, nowNanos)) {
            slots.placeEmpty(sequence);
            return;
        }
        slots.place(sequence, running);
        prompt += PROMPT_SMOOTHING * (sequence.uncached() - prompt);
        past.found(sequence.cached());
    }

    private boolean fits(Sequence next) {
        boolean critical = next.lane() == Lane.P0;
        if (running.size() >= settings.slots() || !critical
                && running.stream().filter(each -> each.lane() != Lane.P0).count() >= size.limit(settings)) {
            return false;
        }
        if (next.slot() == null && !slots.hasFree() && slots.tree().kept() == 0) {
            room.giveUpPaused();
            return false;
        }
        if (running.isEmpty()) {
            return true;
        }
        cellsAwaited = !room.fits(next, critical);
        return !cellsAwaited;
    }

    /** What the next step shall do. */
    public StepPlan plan() {
        room.makeForStep();
        StepPlan plan = planner.plan(settings);
        past.found(planner.found());
        return plan;
    }

    /** How long the step planned last will probably take, nanoseconds; 0 where it shall not be cut short for a request of lane P0. */
    double interruptible() {
        return slots.shares() && room.takesCritical() ? planner.interruptible(settings) : 0;
    }

    /** Works in what a step brought, and how long it took. */
    public void apply(StepPlan plan, StepResult result, long nowNanos, long stepNanos) {
        for (SlotOutcome outcome : result.outcomes()) {
            switch (outcome) {
                case Prefilled prefilled -> served(slots.reported(prefilled), 1, nowNanos);
                case Sampled sampled -> sampled(sampled, nowNanos);
                case Saved saved -> slots.saved(saved.slot(), saved.snapshot());
                case Failed failed -> failed(failed);
            }
        }
        slots.endStep();
        switch (result) {
            case StepResult.KvCacheFull _ -> room.giveUpOne(true);
            case StepResult.Done _ -> observe(nowNanos, stepNanos);
            case StepResult.Aborted _ -> planner.cutShort(stepNanos);
        }
    }

    private void observe(long nowNanos, long stepNanos) {
        StepLoad planned = planner.planned();
        if (planned.decodes() + planned.prefills() > 0) {
            long betweenTokens = planner.stepped(stepNanos);
            pace.step(planned.prefills() + (long) Sequence.ANSWER_WEIGHT * planned.decodes(), stepNanos);
            long oldest = Math.max(lanes.oldestNanos(Lane.P1, nowNanos), lanes.oldestNanos(Lane.P2, nowNanos));
            if (betweenTokens > 0) {
                size.observe(settings, running.size(), betweenTokens, oldest);
            }
        }
    }

    private void served(Sequence sequence, int weight, long nowNanos) {
        lanes.served(sequence, weight * slots.advance(sequence), nowNanos);
    }

    private void sampled(Sampled sampled, long nowNanos) {
        Sequence sequence = slots.reported(sampled);
        served(sequence, sequence.decoding() ? Sequence.ANSWER_WEIGHT : 1, nowNanos);
        sequence.append(sampled.token());
        if (!sequence.answer().accept(sequence.choice(), sampled, nowNanos)) {
            pace.answered(sequence.lane(), sequence.answered());
            running.remove(sequence);
            lanes.ended(sequence);
            room.leave(sequence, worth());
        }
    }

    /** The part of the cells that the past may have now. */
    private double worth() {
        return past.part(settings.kept(), running.size(), size.limit(settings));
    }

    private void failed(Failed failed) {
        if (slots.isSaving(failed.slot())) {
            slots.saved(failed.slot(), null);
            return;
        }
        Sequence sequence = slots.reported(failed);
        running.remove(sequence);
        paused.remove(sequence);
        lanes.ended(sequence);
        loads.failed(sequence, failed.code());
        slots.drop(sequence);
        switch (failed.code()) {
            case SNAPSHOT -> lanes.putBack(sequence);
            case MODEL_UNSUPPORTED -> {
                slots.shareNoMore();
                lanes.putBack(sequence);
            }
            case GRAMMAR -> sequence.answer().fail(new Refusal(Reason.INVALID, failed.message(), "grammar", 0));
            default -> {
                slots.evictAll();
                sequence.answer().fail(new Refusal(Reason.ENGINE_FAILED, failed.message(), null, 0));
            }
        }
    }

    /** Takes out every sequence, waiting or running, that satisfies {@code condition}; its slot is free after the next step. */
    public List<Sequence> remove(Predicate<Sequence> condition) {
        List<Sequence> removed = new ArrayList<>(lanes.removeIf(condition));
        for (Sequence each : removed) {
            if (paused.remove(each)) {
                room.leave(each, worth());
            }
            slots.forget(each);
        }
        for (Sequence each : running.stream().filter(condition).toList()) {
            running.remove(each);
            lanes.ended(each);
            room.leave(each, worth());
            removed.add(each);
        }
        loads.freeUnneeded();
        return removed;
    }

    /** Nothing that was said in a conversation outlives those that run or wait; no kept slot has any of it. */
    void forget(String conversation) {
        slots.releaseOf(conversation);
        Stream.of(running, paused, lanes.waiting()).flatMap(List::stream)
                .filter(each -> conversation.equals(each.origin().conversation())).forEach(Sequence::forget);
    }

    /** Another engine took this one's place, of which no saved KV state fits: all is computed again, and nobody is to blame. */
    public void engineChanged() {
        forgetCells();
        lanes.waiting().forEach(slots::forget);
        running.forEach(Sequence::displaced);
        running.forEach(each -> slots.place(each, List.of()));
    }

    private void forgetCells() {
        slots.clear();
        paused.forEach(Sequence::displaced);
        paused.clear();
    }

    /** A fresh engine took the place of a lost one: all is computed again, but for what saw that too often and may be the cause. */
    public void engineReplaced() {
        forgetCells();
        List<Sequence> suspects = running.stream().filter(each -> each.lost() > MOST_REPLAYS).toList();
        running.removeAll(suspects);
        suspects.forEach(lanes::ended);
        running.forEach(each -> slots.place(each, List.of()));
        suspects.forEach(each -> each.answer().fail(new Refusal(Reason.ENGINE_FAILED,
                "The engine was lost " + (MOST_REPLAYS + 1) + " times while it served this request.", null, 0)));
    }
}
