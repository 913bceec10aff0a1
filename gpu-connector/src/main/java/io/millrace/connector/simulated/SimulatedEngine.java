package io.millrace.connector.simulated;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * An engine whose next token is a function of all tokens of the slot and nothing else: a schedule that loses, repeats
 * or mixes up a single token changes everything after it. It holds its caller to the contract of
 * {@link EngineConnection} more strictly than a real engine does. Owned by one thread.
 */
public final class SimulatedEngine implements EngineConnection {

    /** Tokens of one slot, in order; null where the slot is free. */
    private final int[][] slots;
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
        this.slots = new int[slots][];
        this.cells = new int[slots][];
        this.faults = faults;
        this.model = new ModelInfo("simulated", "simulated", "none", 0, 0, SimulatedTokenizer.VOCABULARY, contextTokens,
                contextTokens, contextTokens, slots, maxStepTokens, false, "simulation");
    }

    /** The token that follows {@code tokens}; about one in 64 ends the generation. */
    public static int next(int[] tokens) {
        long hash = 0x9E3779B97F4A7C15L;
        for (int token : tokens) {
            hash = (hash ^ token) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 29;
        }
        int drawn = (int) Long.remainderUnsigned(hash, 64 * 95);
        return drawn < 95 ? SimulatedTokenizer.END : ' ' + drawn % 95;
    }

    @Override
    public ModelInfo model() {
        return model;
    }

    @Override
    public Tokenizer tokenizer() {
        return tokenizer;
    }

    @Override
    public StepResult step(StepPlan plan) throws EngineException {
        if (lost || faults.engineLost()) {
            lost = true;
            throw new EngineException(EngineException.Code.ENGINE_LOST, "the simulated engine was lost");
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
        switch (item) {
            case SlotWork.Open _ -> {
                require(slots[slot] == null, "opening slot " + slot + ", which is open");
                slots[slot] = new int[0];
                cells[slot] = new int[0];
            }
            case SlotWork.Fork fork -> {
                require(open(slot).length == 0, "forking into slot " + slot + ", which holds tokens");
                require(fork.tokens() <= open(fork.from().index()).length, "forking more tokens than there are");
                slots[slot] = Arrays.copyOf(slots[fork.from().index()], fork.tokens());
                cells[slot] = Arrays.copyOf(cells[fork.from().index()], fork.tokens());
            }
            case SlotWork.Trim trim -> {
                slots[slot] = Arrays.copyOf(open(slot), Math.min(trim.tokens(), slots[slot].length));
                cells[slot] = Arrays.copyOf(cells[slot], slots[slot].length);
            }
            case SlotWork.Save save -> outcomes.add(new SlotOutcome.Saved(save.slot(), snapshot(open(slot))));
            case SlotWork.Restore restore -> restore(restore, outcomes);
            case SlotWork.Release _ -> {
                slots[slot] = null;
                cells[slot] = null;
            }
            case SlotWork.Prefill _, SlotWork.Decode _ -> { }
        }
    }

    private void compute(SlotWork item, List<SlotOutcome> outcomes) {
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
                append(decode.slot(), new int[] {decode.token()});
                outcomes.add(sampled(decode.slot()));
            }
            default -> { }
        }
    }

    private boolean failsAlone(SlotId slot, List<SlotOutcome> outcomes) {
        boolean fails = faults.slotFails();
        if (fails) {
            outcomes.add(new SlotOutcome.Failed(slot, EngineException.Code.LOGITS, "a simulated slot failed"));
        }
        return fails;
    }

    private void append(SlotId slot, int[] tokens) {
        int[] before = open(slot.index());
        int[] after = Arrays.copyOf(before, before.length + tokens.length);
        System.arraycopy(tokens, 0, after, before.length, tokens.length);
        slots[slot.index()] = after;
        cells[slot.index()] = Arrays.copyOf(cells[slot.index()], after.length);
        for (int i = before.length; i < after.length; i++) {
            cells[slot.index()][i] = lastCell++;
        }
    }

    private void restore(SlotWork.Restore restore, List<SlotOutcome> outcomes) {
        require(open(restore.slot().index()).length == 0, "restoring into slot " + restore.slot().index()
                + ", which holds tokens");
        if (cellsUsed() + restore.snapshot().tokens() > model.contextTokens()) {
            outcomes.add(new SlotOutcome.Failed(restore.slot(), EngineException.Code.SNAPSHOT, "no cells for a snapshot"));
        } else {
            append(restore.slot(), tokens(restore.snapshot()));
        }
    }

    private SlotOutcome sampled(SlotId slot) {
        return new SlotOutcome.Sampled(slot, next(slots[slot.index()]), Float.NaN, List.of());
    }

    private int[] open(int slot) {
        require(slots[slot] != null, "using slot " + slot + ", which is free");
        return slots[slot];
    }

    /** KV cells that hold tokens. */
    public int cellsUsed() {
        return (int) Arrays.stream(cells).filter(Objects::nonNull).flatMapToInt(Arrays::stream).distinct().count();
    }

    private KvSnapshot snapshot(int[] tokens) {
        ByteBuffer bytes = ByteBuffer.allocate(Integer.BYTES * tokens.length);
        bytes.asIntBuffer().put(tokens);
        return new KvSnapshot(model.name(), tokens.length, bytes.array());
    }

    private static int[] tokens(KvSnapshot snapshot) {
        int[] tokens = new int[snapshot.tokens()];
        ByteBuffer.wrap(snapshot.state()).asIntBuffer().get(tokens);
        return tokens;
    }

    private static void require(boolean holds, String what) {
        if (!holds) {
            throw new IllegalArgumentException(what + " breaks the engine's contract");
        }
    }
}
