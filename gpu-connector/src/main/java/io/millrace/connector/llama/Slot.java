package io.millrace.connector.llama;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import java.util.Arrays;

/** What Java knows of the sequence in one slot. Used by the thread that runs the step. */
final class Slot {

    private static final int FIRST_ROOM = 256;

    final int index;
    final SlotId id;
    private boolean open;
    private boolean failed;
    private Sampling sampling;
    private Sampler sampler;
    private int[] tokens = {};
    private int length;

    Slot(int index) {
        this.index = index;
        this.id = new SlotId(index);
    }

    void open(Sampling sampling, Sampler sampler) {
        this.open = true;
        this.sampling = sampling;
        this.sampler = sampler;
    }

    /** Takes the slot for a sequence that could not begin; it can only be released. */
    void openFailed() {
        open = true;
        failed = true;
    }

    void fail() {
        failed = true;
    }

    boolean isOpen() {
        return open;
    }

    boolean isFailed() {
        return failed;
    }

    Sampling sampling() {
        return sampling;
    }

    Sampler sampler() {
        return sampler;
    }

    /** Tokens in the KV cache. */
    int length() {
        return length;
    }

    /** The tokens themselves; {@link #length} of them count. Not to be changed. */
    int[] tokens() {
        return tokens;
    }

    void append(int token) {
        makeRoom(1);
        tokens[length++] = token;
    }

    void append(int[] more) {
        makeRoom(more.length);
        System.arraycopy(more, 0, tokens, length, more.length);
        length += more.length;
    }

    private void makeRoom(int more) {
        if (length + more > tokens.length) {
            tokens = Arrays.copyOf(tokens, Math.max(FIRST_ROOM, Math.max(2 * length, length + more)));
        }
    }

    void begin(int[] first, int count) {
        tokens = Arrays.copyOf(first, count);
        length = count;
    }

    void cut(int count) {
        length = count;
    }

    void release() {
        if (sampler != null) {
            sampler.close();
        }
        sampler = null;
        sampling = null;
        open = false;
        failed = false;
        tokens = new int[0];
        length = 0;
    }
}
