package io.millrace.connector.engine;

import java.util.List;

/** What one slot got out of a step. */
public sealed interface SlotOutcome {

    SlotId slot();

    /** A part of the prompt is in the KV cache; nothing was sampled. */
    record Prefilled(SlotId slot, int tokens) implements SlotOutcome {}

    /**
     * The next token.
     *
     * @param logprob natural log of the token's probability before sampling; NaN unless asked for
     * @param top     the likeliest tokens, best first; empty unless asked for
     */
    record Sampled(SlotId slot, int token, float logprob, List<Candidate> top) implements SlotOutcome {}

    /** A token that might have been. */
    record Candidate(int token, float logprob) {}

    /** The KV state that {@link SlotWork.Save} asked for; whoever called the step owns it and closes it. */
    record Saved(SlotId slot, KvSnapshot snapshot) implements SlotOutcome {}

    /** This slot failed alone; release it. */
    record Failed(SlotId slot, EngineException.Code code, String message) implements SlotOutcome {}
}
