package io.millrace.connector.llama;

import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;

/**
 * Plays a plan through on paper before anything of it is done, because llama.cpp answers a wrong one with a failed
 * assertion, that is with the end of the process. Used once, by the thread that runs the step.
 */
final class PlanCheck {

    private static final int CLOSED = -1;
    private static final int FAILED = -2;

    private final ModelInfo info;
    private final int[] length;
    private final boolean[] computes;
    private int stepTokens;

    private PlanCheck(ModelInfo info, Slot[] slots) {
        this.info = info;
        this.length = new int[slots.length];
        this.computes = new boolean[slots.length];
        for (Slot slot : slots) {
            length[slot.index] = slot.isFailed() ? FAILED : slot.isOpen() ? slot.length() : CLOSED;
        }
    }

    /** @throws IllegalArgumentException that says which work of the plan is wrong, and why */
    static void check(StepPlan plan, ModelInfo info, Slot[] slots) {
        PlanCheck check = new PlanCheck(info, slots);
        for (SlotWork work : plan.work()) {
            check.withoutComputing(work);
        }
        for (SlotWork work : plan.work()) {
            check.computing(work);
        }
    }

    private void withoutComputing(SlotWork work) {
        int slot = index(work.slot());
        switch (work) {
            case SlotWork.Open open -> {
                require(length[slot] == CLOSED, work.slot(), "is open already");
                open.sampling().logitBias().keySet().forEach(this::requireToken);
                requireSaid(open);
                length[slot] = 0;
            }
            case SlotWork.Fork fork -> {
                requireEmpty(work.slot());
                int from = requireOpen(fork.from());
                require(from != slot, work.slot(), "can't be forked from itself");
                requireTokens(fork.tokens(), fork.from());
                length[slot] = fork.tokens();
            }
            case SlotWork.Trim trim -> {
                requireOpen(work.slot());
                requireTokens(trim.tokens(), work.slot());
                length[slot] = trim.tokens();
            }
            case SlotWork.Save _ -> require(length[requireOpen(work.slot())] > 0, work.slot(), "is empty");
            case SlotWork.Restore restore -> {
                requireEmpty(work.slot());
                int tokens = restore.snapshot().tokens();
                require(tokens > 0 && tokens <= info.slotTokens(), work.slot(), "can't hold " + tokens + " tokens");
                length[slot] = tokens;
            }
            case SlotWork.Release _ -> length[slot] = CLOSED;
            case SlotWork.Prefill _, SlotWork.Decode _ -> { }
        }
    }

    private void computing(SlotWork work) {
        switch (work) {
            case SlotWork.Prefill prefill -> {
                for (int token : prefill.tokens()) {
                    requireToken(token);
                }
                append(work.slot(), prefill.tokens().length);
            }
            case SlotWork.Decode decode -> {
                requireToken(decode.token());
                append(work.slot(), 1);
            }
            default -> { }
        }
    }

    private void append(SlotId id, int tokens) {
        int slot = requireOpen(id);
        require(!computes[slot], id, "has two prefills or decodes in one plan");
        computes[slot] = true;
        require(length[slot] + (long) tokens <= info.slotTokens(), id, "can't hold " + tokens + " tokens more than its "
                + length[slot] + ": a slot has room for " + info.slotTokens());
        stepTokens += tokens;
        if (stepTokens > info.maxStepTokens()) {
            throw new IllegalArgumentException("the plan has more than " + info.maxStepTokens() + " tokens");
        }
    }

    /** What was said has to find room in the slot, behind the prompt; the last token of it may be still to come. */
    private void requireSaid(SlotWork.Open open) {
        require(open.said().length <= info.slotTokens(), open.slot(), "can't hold an answer of " + open.said().length
                + " tokens: a slot has room for " + info.slotTokens());
        for (int token : open.said()) {
            requireToken(token);
        }
    }

    private int index(SlotId id) {
        if (id.index() >= length.length) {
            throw new IllegalArgumentException("no slot " + id.index() + ": there are " + length.length);
        }
        return id.index();
    }

    private int requireOpen(SlotId id) {
        int slot = index(id);
        require(length[slot] != FAILED, id, "has failed and can only be released");
        require(length[slot] != CLOSED, id, "is not open");
        return slot;
    }

    private void requireEmpty(SlotId id) {
        require(length[requireOpen(id)] == 0, id, "is not empty");
    }

    private void requireTokens(int tokens, SlotId id) {
        int held = length[id.index()];
        require(tokens >= 0 && tokens <= held, id, "holds " + held + " tokens, not " + tokens);
    }

    private void requireToken(int token) {
        if (token < 0 || token >= info.vocabulary()) {
            throw new IllegalArgumentException(
                    "token " + token + " is outside the vocabulary of " + info.vocabulary());
        }
    }

    private static void require(boolean holds, SlotId id, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException("slot " + id.index() + " " + otherwise);
        }
    }
}
