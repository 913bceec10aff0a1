package io.millrace.ejb.batch;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.lane.Lane;
import java.util.Arrays;

/**
 * One choice of a call on its way through an engine: the prompt, what was generated, and how much of both is in the
 * engine's KV cache. Owned by the batch thread.
 */
public final class Sequence {

    private final Answer answer;
    private final int choice;
    private final Lane lane;
    private final Sampling sampling;
    private int[] tokens;
    private int length;
    private int cached;
    private SlotId slot;
    private boolean opened;
    private int planned;
    private int replays;

    /** @param prompt at least one token */
    public Sequence(Answer answer, int choice, Lane lane, Sampling sampling, int[] prompt) {
        this.answer = answer;
        this.choice = choice;
        this.lane = lane;
        this.sampling = sampling;
        this.tokens = prompt.clone();
        this.length = prompt.length;
    }

    public Answer answer() {
        return answer;
    }

    public int choice() {
        return choice;
    }

    public Lane lane() {
        return lane;
    }

    Sampling sampling() {
        return sampling;
    }

    /** Tokens of the prompt and of the answer so far. */
    int length() {
        return length;
    }

    /** Of these, how many are in the KV cache. */
    int cached() {
        return cached;
    }

    SlotId slot() {
        return slot;
    }

    /** Whether the engine has this sequence's sampler in its slot. */
    boolean opened() {
        return opened;
    }

    /** Exactly one token, the one sampled last, is not in the cache yet: the next step decodes it. */
    boolean decoding() {
        return opened && cached == length - 1 && cached > 0;
    }

    int lastToken() {
        return tokens[length - 1];
    }

    /** The next {@code most} tokens that are not in the cache. */
    int[] uncached(int most) {
        return Arrays.copyOfRange(tokens, cached, Math.min(length, cached + most));
    }

    /** The step that is being planned puts this many of its tokens through the model. */
    void plan(int tokensInStep) {
        planned = tokensInStep;
    }

    void place(SlotId free) {
        slot = free;
    }

    void markOpened() {
        opened = true;
    }

    /** The planned tokens are in the cache now; answers how many they were. */
    int advance() {
        cached += planned;
        return planned;
    }

    void append(int token) {
        if (length == tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(16, length * 2));
        }
        tokens[length++] = token;
    }

    /** Nothing of it is in any engine now; it can be computed again from its tokens. */
    void displaced() {
        slot = null;
        opened = false;
        cached = 0;
    }

    /** Its engine was lost under it; answers how often that has happened. */
    int lost() {
        displaced();
        return ++replays;
    }
}
