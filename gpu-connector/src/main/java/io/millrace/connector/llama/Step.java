package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotOutcome.Candidate;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicBoolean;

/** One plan on its way through an engine. Used once, by the thread that runs the step. */
final class Step {

    /** What a step works with; belongs to the engine and outlives the step. */
    record Bench(Library library, Context context, Vocabulary vocabulary, Slot[] slots, Batch batch,
                 Candidates candidates, Shortlist shortlist, Snapshots snapshots, float[] logits,
                 AtomicBoolean spoilt) {}

    private final Bench bench;
    private final List<SlotWork> work;
    private final SlotOutcome[] outcomes;
    /** For each work, the row of the batch whose logits it samples from; -1: none. */
    private final int[] rows;

    Step(Bench bench, StepPlan plan) {
        this.bench = bench;
        this.work = plan.work();
        this.outcomes = new SlotOutcome[work.size()];
        this.rows = new int[work.size()];
    }

    /** @throws EngineException with code ENGINE_LOST when the library can't go on */
    StepResult run(AbortFlag abort) throws EngineException {
        boolean handedOver = false;
        try {
            StepResult result = carryOut(abort);
            handedOver = true;
            return result;
        } finally {
            if (!handedOver) {
                closeSaved();
            }
        }
    }

    private void closeSaved() {
        for (SlotOutcome outcome : outcomes) {
            if (outcome instanceof SlotOutcome.Saved saved) {
                saved.snapshot().close();
            }
        }
    }

    private StepResult carryOut(AbortFlag abort) throws EngineException {
        withoutComputing();
        fillBatch();
        if (bench.batch.size() == 0) {
            return new StepResult.Done(outcomes(), 0);
        }
        if (abort.isRaised()) {
            return new StepResult.Aborted(outcomes());
        }
        long start = System.nanoTime();
        int result = bench.context.decode(bench.batch);
        long nanos = System.nanoTime() - start;
        if (result == Context.DONE) {
            takeResults();
            return new StepResult.Done(outcomes(), nanos);
        }
        rollBack();
        return switch (result) {
            case Context.KV_CACHE_FULL -> new StepResult.KvCacheFull(outcomes());
            case Context.ABORTED -> new StepResult.Aborted(outcomes());
            default -> throw new EngineException(Code.ENGINE_LOST,
                    "llama_decode failed with " + result + ": " + NativeLog.takeError("no reason given"));
        };
    }

    private void withoutComputing() {
        for (int i = 0; i < work.size(); i++) {
            Slot slot = slot(work.get(i));
            if (slot.isFailed() && !(work.get(i) instanceof SlotWork.Release)) {
                continue;
            }
            try {
                outcomes[i] = withoutComputing(work.get(i), slot);
            } catch (EngineException e) {
                outcomes[i] = failed(slot, e);
            }
        }
    }

    private SlotOutcome withoutComputing(SlotWork item, Slot slot) throws EngineException {
        switch (item) {
            case SlotWork.Open open -> open(slot, open);
            case SlotWork.Fork fork -> fork(slot, bench.slots[fork.from().index()], fork.tokens());
            case SlotWork.Trim trim -> trim(slot, trim.tokens());
            case SlotWork.Save save -> {
                return new SlotOutcome.Saved(save.slot(), bench.snapshots.pack(slot, bench.context));
            }
            case SlotWork.Restore restore -> restore(slot, bench.snapshots.unpack(restore.snapshot()));
            case SlotWork.Release _ -> {
                bench.context.clear(slot.index);
                slot.release();
                wipeWhenEmpty();
            }
            case SlotWork.Prefill _, SlotWork.Decode _ -> { }
        }
        return null;
    }

    /**
     * Logits that are no numbers come from cells that hold none. Without flash attention such a cell spoils every
     * sequence of a unified cache, even once it is free, because it is multiplied by zero instead of left out; so the
     * cells are zeroed at the first moment when nobody needs them.
     */
    private void wipeWhenEmpty() {
        if (bench.spoilt.get() && Arrays.stream(bench.slots).allMatch(slot -> slot.length() == 0)) {
            bench.context.wipe();
            bench.spoilt.set(false);
        }
    }

    private void open(Slot slot, SlotWork.Open open) throws EngineException {
        try {
            slot.open(open.sampling(), Sampler.open(bench.library, bench.vocabulary, bench.candidates, open));
        } catch (EngineException e) {
            slot.openFailed();
            throw e;
        }
    }

    private void fork(Slot slot, Slot from, int tokens) throws EngineException {
        if (from.isFailed()) {
            throw new EngineException(Code.SNAPSHOT, "slot " + from.index + ", to be forked from, has failed");
        }
        if (tokens == 0) {
            return;
        }
        if (!bench.context.share(from.index, slot.index, tokens)) {
            bench.context.clear(slot.index);
            throw new EngineException(Code.MODEL_UNSUPPORTED, "this model's memory can't be forked");
        }
        slot.begin(from.tokens(), tokens);
    }

    private void trim(Slot slot, int tokens) throws EngineException {
        if (tokens < slot.length() && !bench.context.cut(slot.index, tokens)) {
            throw new EngineException(Code.MODEL_UNSUPPORTED, "this model's memory can't be cut");
        }
        slot.cut(tokens);
    }

    private void restore(Slot slot, Snapshots.Content content) throws EngineException {
        if (!bench.context.restore(slot.index, content.state())) {
            bench.context.clear(slot.index);
            throw new EngineException(Code.SNAPSHOT, "the KV snapshot can't be restored: "
                    + NativeLog.takeError("it does not fit this KV cache"));
        }
        slot.begin(content.tokens(), content.tokens().length);
    }

    private void fillBatch() {
        Arrays.fill(rows, -1);
        bench.batch.clear();
        for (int i = 0; i < work.size(); i++) {
            Slot slot = slot(work.get(i));
            if (slot.isFailed()) {
                continue;
            }
            switch (work.get(i)) {
                case SlotWork.Prefill prefill -> rows[i] = add(slot, prefill.tokens(), prefill.last());
                case SlotWork.Decode decode ->
                        rows[i] = bench.batch.add(decode.token(), slot.length(), slot.index, true);
                default -> { }
            }
        }
    }

    private int add(Slot slot, int[] tokens, boolean last) {
        int row = -1;
        for (int t = 0; t < tokens.length; t++) {
            boolean wanted = last && t == tokens.length - 1;
            int added = bench.batch.add(tokens[t], slot.length() + t, slot.index, wanted);
            row = wanted ? added : row;
        }
        return row;
    }

    private void takeResults() {
        for (int i = 0; i < work.size(); i++) {
            Slot slot = slot(work.get(i));
            if (slot.isFailed()) {
                continue;
            }
            switch (work.get(i)) {
                case SlotWork.Prefill prefill -> {
                    slot.append(prefill.tokens());
                    outcomes[i] = rows[i] >= 0 ? sample(slot, rows[i])
                            : new SlotOutcome.Prefilled(prefill.slot(), prefill.tokens().length);
                }
                case SlotWork.Decode decode -> {
                    slot.append(decode.token());
                    outcomes[i] = sample(slot, rows[i]);
                }
                default -> { }
            }
        }
    }

    private SlotOutcome sample(Slot slot, int row) {
        try {
            bench.context.logits(row, bench.logits);
            int token = slot.sampler().choose(bench.candidates, bench.shortlist, bench.logits, slot.tokens(),
                    slot.length());
            return sampled(slot, token, row);
        } catch (EngineException e) {
            return failed(slot, e);
        }
    }

    private SlotOutcome sampled(Slot slot, int token, int row) {
        int wanted = slot.sampling().logprobs();
        if (wanted < 0) {
            return new SlotOutcome.Sampled(slot.id, token, Float.NaN, List.of());
        }
        bench.context.logits(row, bench.logits);
        double logSum = Logits.logSum(bench.logits);
        List<Candidate> top = Logits.top(bench.logits, wanted, logSum);
        return new SlotOutcome.Sampled(slot.id, token, (float) (bench.logits[token] - logSum), top);
    }

    /** Leaves every sequence of the batch as it was before; micro-batches that were done may have stayed. */
    private void rollBack() {
        for (int i = 0; i < work.size(); i++) {
            Slot slot = slot(work.get(i));
            boolean computed = work.get(i) instanceof SlotWork.Prefill || work.get(i) instanceof SlotWork.Decode;
            if (computed && !slot.isFailed() && bench.context.length(slot.index) > slot.length()
                    && !bench.context.cut(slot.index, slot.length())) {
                outcomes[i] = failed(slot, new EngineException(Code.MODEL_UNSUPPORTED,
                        "this model's memory can't be cut back after a step that was not finished"));
            }
        }
    }

    private SlotOutcome failed(Slot slot, EngineException e) {
        bench.spoilt.compareAndSet(false, e.code() == Code.LOGITS);
        slot.fail();
        return new SlotOutcome.Failed(slot.id, e.code(), e.getMessage());
    }

    private Slot slot(SlotWork item) {
        return bench.slots[item.slot().index()];
    }

    private List<SlotOutcome> outcomes() {
        List<SlotOutcome> present = new ArrayList<>(outcomes.length);
        for (SlotOutcome outcome : outcomes) {
            if (Objects.nonNull(outcome)) {
                present.add(outcome);
            }
        }
        return present;
    }
}
