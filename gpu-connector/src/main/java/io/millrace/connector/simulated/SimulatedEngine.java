package io.millrace.connector.simulated;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An engine whose next token is a function of all tokens of the slot and of where its sampler stands: a schedule that
 * loses, repeats or mixes up a single token, or opens an interrupted answer as a new one, changes everything after it.
 * It holds its caller to the contract of {@link EngineConnection} more strictly than a real engine does. Owned by one
 * thread.
 */
public final class SimulatedEngine implements EngineConnection {

    /** Null where the slot is free. */
    private final SimulatedSlot[] slots;
    /** The KV cell of each token; slots that were forked from one another share cells. */
    private final int[][] cells;
    private int lastCell;
    private final ModelInfo model;
    private final Faults faults;
    private final Tokenizer tokenizer = new SimulatedTokenizer();
    private boolean lost;

    /**
     * @param slots         sequences at once
     * @param contextTokens KV cells for all of them together
     * @param maxStepTokens most tokens of a step
     */
    public SimulatedEngine(int slots, int contextTokens, int maxStepTokens, Faults faults) {
        this.slots = new SimulatedSlot[slots];
        this.cells = new int[slots][];
        this.faults = faults;
        this.model = new ModelInfo("simulated", "simulated", "none", 0, 0, SimulatedTokenizer.VOCABULARY, contextTokens,
                contextTokens, contextTokens, slots, maxStepTokens, false, "simulation", false);
    }

    /** The likeliest token after {@code tokens}; about one in 64 ends the generation. */
    public static int next(int[] tokens) {
        return next(tokens, Sampling.GREEDY, 0);
    }

    /**
     * The token after {@code tokens}, for an answer of which {@code said} tokens were sampled before. Their number and
     * the seed count only where a real sampler has a state: with a temperature or a grammar.
     */
    public static int next(int[] tokens, Sampling sampling, int said) {
        return SimulatedSlot.next(tokens, tokens.length, sampling, said);
    }

    /** All that an answer says when nothing disturbs it: {@code most} tokens, or up to the one that ends it. */
    public static int[] answer(int[] prompt, Sampling sampling, int most) {
        int[] tokens = Arrays.copyOf(prompt, prompt.length + most);
        int length = prompt.length;
        while (length < tokens.length && (length == prompt.length || tokens[length - 1] != SimulatedTokenizer.END)) {
            tokens[length] = SimulatedSlot.next(tokens, length, sampling, length - prompt.length);
            length++;
        }
        return Arrays.copyOfRange(tokens, prompt.length, length);
    }

    @Override
    public ModelInfo model() {
        return model;
    }

    @Override
    public KvFormat kvFormat() {
        return new KvFormat(model.name(), Integer.BYTES);
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public StepResult step(StepPlan plan) throws EngineException {
        if (lost || faults.engineLost()) {
            lost = true;
            throw new EngineException(Code.ENGINE_LOST, "the simulated engine was lost");
        }
        require(plan.tokens() <= model.maxStepTokens(), "a step of " + plan.tokens() + " tokens");
        List<SlotOutcome> outcomes = new ArrayList<>();
        plan.work().forEach(item -> control(item, outcomes));
        if (plan.tokens() == 0) {
            return new StepResult.Done(outcomes, 0);
        }
        if (cellsUsed() + plan.tokens() > model.contextTokens() || faults.cacheFull()) {
            return new StepResult.KvCacheFull(outcomes);
        }
        if (faults.aborted()) {
            return new StepResult.Aborted(outcomes);
        }
        plan.work().forEach(item -> compute(item, outcomes));
        return new StepResult.Done(outcomes, 0);
    }

    @Override
    public void abort() {
        // a simulated step takes no time: there is nothing to end early
    }

    @Override
    public void close() {
        Arrays.fill(slots, null);
        lost = true;
    }

    private void control(SlotWork item, List<SlotOutcome> outcomes) {
        int slot = item.slot().index();
        if (hasFailed(item.slot()) && !(item instanceof SlotWork.Release)) {
            return;
        }
        switch (item) {
            case SlotWork.Open open -> {
                require(slots[slot] == null, "opening slot " + slot + ", which is open");
                slots[slot] = new SimulatedSlot(open);
                cells[slot] = new int[0];
            }
            case SlotWork.Fork fork -> fork(fork, outcomes);
            case SlotWork.Trim trim -> {
                open(slot).trim(trim.tokens());
                cells[slot] = Arrays.copyOf(cells[slot], slots[slot].length());
            }
            case SlotWork.Save save -> save(save, outcomes);
            case SlotWork.Restore restore -> restore(restore, outcomes);
            case SlotWork.Release _ -> {
                slots[slot] = null;
                cells[slot] = null;
            }
            case SlotWork.Prefill _, SlotWork.Decode _ -> { }
        }
    }

    private void fork(SlotWork.Fork fork, List<SlotOutcome> outcomes) {
        int slot = fork.slot().index();
        requireEmpty(slot, "forking into");
        int[] from = open(fork.from().index()).tokens();
        if (hasFailed(fork.from())) {
            fail(fork.slot(), Code.SNAPSHOT, "the slot to be forked from has failed", outcomes);
            return;
        }
        require(fork.tokens() <= from.length, "forking more tokens than there are");
        if (faults.forkFails()) {
            fail(fork.slot(), Code.MODEL_UNSUPPORTED, "this simulated memory can't be forked", outcomes);
            return;
        }
        slots[slot].append(Arrays.copyOf(from, fork.tokens()));
        cells[slot] = Arrays.copyOf(cells[fork.from().index()], fork.tokens());
    }

    private void save(SlotWork.Save save, List<SlotOutcome> outcomes) {
        int[] tokens = open(save.slot().index()).tokens();
        if (faults.saveFails()) {
            fail(save.slot(), Code.OUT_OF_MEMORY, "no memory for a simulated snapshot", outcomes);
        } else {
            outcomes.add(new SlotOutcome.Saved(save.slot(), snapshot(tokens)));
        }
    }

    private void compute(SlotWork item, List<SlotOutcome> outcomes) {
        if (hasFailed(item.slot())) {
            return;
        }
        switch (item) {
            case SlotWork.Prefill prefill -> {
                if (failsAlone(prefill.slot(), outcomes)) {
                    return;
                }
                append(prefill.slot(), prefill.tokens());
                outcomes.add(prefill.last() ? sampled(prefill.slot())
                        : new SlotOutcome.Prefilled(prefill.slot(), prefill.tokens().length));
            }
            case SlotWork.Decode decode -> {
                if (failsAlone(decode.slot(), outcomes)) {
                    return;
                }
                append(decode.slot(), decode.token());
                outcomes.add(sampled(decode.slot()));
            }
            default -> { }
        }
    }

    private boolean failsAlone(SlotId slot, List<SlotOutcome> outcomes) {
        boolean fails = faults.slotFails();
        if (fails) {
            fail(slot, Code.LOGITS, "a simulated slot failed", outcomes);
        }
        return fails;
    }

    private void fail(SlotId slot, Code code, String why, List<SlotOutcome> outcomes) {
        open(slot.index()).fail();
        outcomes.add(new SlotOutcome.Failed(slot, code, why));
    }

    private boolean hasFailed(SlotId slot) {
        return slots[slot.index()] != null && slots[slot.index()].isFailed();
    }

    private void append(SlotId slot, int... tokens) {
        open(slot.index()).append(tokens);
        int[] before = cells[slot.index()];
        cells[slot.index()] = Arrays.copyOf(before, before.length + tokens.length);
        for (int i = before.length; i < cells[slot.index()].length; i++) {
            cells[slot.index()][i] = lastCell++;
        }
    }

    private void restore(SlotWork.Restore restore, List<SlotOutcome> outcomes) {
        requireEmpty(restore.slot().index(), "restoring into");
        if (!restore.snapshot().model().equals(model.name())) {
            fail(restore.slot(), Code.SNAPSHOT, "a snapshot of another model", outcomes);
        } else if (faults.restoreFails()) {
            fail(restore.slot(), Code.SNAPSHOT, "a damaged simulated snapshot", outcomes);
        } else if (cellsUsed() + restore.snapshot().tokens() > model.contextTokens()) {
            fail(restore.slot(), Code.SNAPSHOT, "no cells for a snapshot", outcomes);
        } else {
            append(restore.slot(), tokens(restore.snapshot()));
        }
    }

    private SlotOutcome sampled(SlotId slot) {
        SimulatedSlot sequence = slots[slot.index()];
        require(sequence.isResumed(), "sampling in slot " + slot.index() + ", which doesn't end with what it was opened as"
                + " having said,");
        return new SlotOutcome.Sampled(slot, sequence.sample(), Float.NaN, List.of());
    }

    private SimulatedSlot open(int slot) {
        require(slots[slot] != null, "using slot " + slot + ", which is free");
        return slots[slot];
    }

    private void requireEmpty(int slot, String doing) {
        require(open(slot).length() == 0, doing + " slot " + slot + ", which holds tokens");
    }

    /** KV cells that hold tokens. */
    public int cellsUsed() {
        return (int) Arrays.stream(cells).filter(Objects::nonNull).flatMapToInt(Arrays::stream).distinct().count();
    }

    private KvSnapshot snapshot(int[] tokens) {
        KvState state = new KvState((long) Integer.BYTES * tokens.length);
        state.part(0, Integer.BYTES * tokens.length).asIntBuffer().put(tokens);
        return new KvSnapshot(model.name(), tokens.length, state);
    }

    private static int[] tokens(KvSnapshot snapshot) {
        int[] tokens = new int[snapshot.tokens()];
        snapshot.state().part(0, Integer.BYTES * tokens.length).asIntBuffer().get(tokens);
        return tokens;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what + " breaks the engine's contract");
        }
    }
}
