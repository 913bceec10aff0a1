package io.millrace.connector.engine;

import java.util.Objects;

/** One thing to do with one slot in a step. */
public sealed interface SlotWork {

    SlotId slot();

    /** Takes a free slot for a new sequence with its own sampler. Fails alone, with code GRAMMAR, on a bad grammar. */
    record Open(SlotId slot, Sampling sampling) implements SlotWork {
        public Open {
            Objects.requireNonNull(slot, "slot");
            Objects.requireNonNull(sampling, "sampling");
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

    /** Fills the open, empty slot; fails alone, with code SNAPSHOT, when that is of another model or damaged. */
    record Restore(SlotId slot, KvSnapshot snapshot) implements SlotWork {}

    /** Ends the slot's sequence and frees its KV cells and sampler. Releasing a free slot does nothing. */
    record Release(SlotId slot) implements SlotWork {}
}
