package io.millrace.connector.simulated;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotWork;
import java.util.Arrays;

/** One sequence: its tokens, and where its sampler stands. Owned by the engine's thread. */
final class SimulatedSlot {

    private static final int CHARACTERS = 95;

    private final Sampling sampling;
    private final int[] said;
    private int[] tokens = {};
    private int length;
    private int sampled;
    private boolean failed;

    SimulatedSlot(SlotWork.Open open) {
        sampling = open.sampling();
        said = open.said().clone();
    }

    /** Nothing is done with it any more until it is released. */
    void fail() {
        failed = true;
    }

    boolean isFailed() {
        return failed;
    }

    int length() {
        return length;
    }

    int[] tokens() {
        return Arrays.copyOf(tokens, length);
    }

    void append(int... more) {
        if (length + more.length > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(2 * length, length + more.length));
        }
        System.arraycopy(more, 0, tokens, length, more.length);
        length += more.length;
    }

    void trim(int count) {
        length = Math.min(count, length);
    }

    /** Whether the tokens that it was opened with are where they must be when it goes on. */
    boolean isResumed() {
        return sampled > 0 || length >= said.length
                && Arrays.equals(tokens, length - said.length, length, said, 0, said.length);
    }

    int sample() {
        return next(tokens, length, sampling, said.length + sampled++);
    }

    static int next(int[] tokens, int length, Sampling sampling, int said) {
        long hash = 0x9E3779B97F4A7C15L;
        for (int i = 0; i < length; i++) {
            hash = mixed(hash, tokens[i]);
        }
        if (sampling.temperature() > 0 || sampling.grammar() != null) {
            hash = mixed(mixed(hash, sampling.seed()), said);
        }
        int drawn = (int) Long.remainderUnsigned(hash, 64 * CHARACTERS);
        return drawn < CHARACTERS ? SimulatedTokenizer.END : ' ' + drawn % CHARACTERS;
    }

    private static long mixed(long hash, long more) {
        long product = (hash ^ more) * 0xBF58476D1CE4E5B9L;
        return product ^ product >>> 29;
    }
}
