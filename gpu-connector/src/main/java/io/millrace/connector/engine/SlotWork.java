package io.millrace.connector.engine;

import java.util.Objects;

/** One thing to do with one slot in a step. */
public sealed interface SlotWork {

    SlotId slot();

    /**
     * Takes a free slot for a sequence with its own sampler. The sampler stands as if it had chosen {@code said}: the
     * grammar has accepted these tokens and the draws count on from there, so an answer that was interrupted goes on
     * as it would have. The tokens themselves are not put into the slot: they are prefilled, forked or restored behind
     * the prompt like all others, before the next one is sampled.
     *
     * <p>Fails alone, with code GRAMMAR, on a bad grammar and on one that doesn't allow {@code said}.
     *
     * @param said every token of the answer that was sampled before, the first one first, also the last one although
     *             it may not have been decoded; empty for a new answer; not to be changed
     */
    record Open(SlotId slot, Sampling sampling, int[] said) implements SlotWork {
        private static final int[] NOTHING = {};

        public Open {
            Objects.requireNonNull(slot, "slot");
            Objects.requireNonNull(sampling, "sampling");
            Objects.requireNonNull(said, "said");
        }

        /** For a new answer. */
        public Open(SlotId slot, Sampling sampling) {
            this(slot, sampling, NOTHING);
        }
    }

    /**
     * Appends tokens of the prompt at the slot's end. With {@code last}, the next token is sampled from the logits of
     * the final one.
     */
    record Prefill(SlotId slot, int[] tokens, boolean last) implements SlotWork {
        public Prefill {
            Objects.requireNonNull(slot, "slot");
            if (tokens.length == 0) {
                throw new IllegalArgumentException("a prefill needs at least one token");
            }
        }
    }

    /** Appends {@code token} (usually the one sampled last) at the slot's end and samples the next. */
    record Decode(SlotId slot, int token) implements SlotWork {
        public Decode {
            Objects.requireNonNull(slot, "slot");
        }
    }

    /** Makes the open, empty slot begin with the first {@code tokens} of {@code from}, sharing their KV cells. */
    record Fork(SlotId slot, SlotId from, int tokens) implements SlotWork {}

    /** Cuts the slot back to its first {@code tokens} tokens; the sampler keeps its state. */
    record Trim(SlotId slot, int tokens) implements SlotWork {}

    /** Copies the slot's KV state out; answered by {@link SlotOutcome.Saved}. */
    record Save(SlotId slot) implements SlotWork {}

    /**
     * Fills the open, empty slot; fails alone, with code SNAPSHOT, when that is of another model or damaged. The snapshot is lent for
     * the step.
     */
    record Restore(SlotId slot, KvSnapshot snapshot) implements SlotWork {}

    /** Ends the slot's sequence and frees its KV cells and sampler. Releasing a free slot does nothing. */
    record Release(SlotId slot) implements SlotWork {}
}
