package io.millrace.ejb.region;

import io.millrace.ejb.flow.Thoughts;
import java.util.Arrays;

/** What was said of one choice so far, all regions together. Owned by one thread at a time. */
final class Said {

    private final String begun;
    private final Thoughts thoughts;
    private final StringBuilder text = new StringBuilder();
    private int[] ids = new int[64];
    private int known;
    private boolean everyId = true;
    private int tokens;

    /**
     * @param begun    beginning of the answer that the client gave and that is not part of what was said
     * @param thoughts what went before it
     */
    Said(String begun, Thoughts thoughts) {
        this.begun = begun;
        this.thoughts = thoughts;
    }

    /**
     * @param tokenIds of the text, or null where they aren't known
     * @param count    how many they are, as far as that is known
     */
    void add(String more, int[] tokenIds, int count) {
        text.append(more);
        tokens += count;
        if (tokenIds == null) {
            everyId = false;
        } else if (everyId) {
            if (known + tokenIds.length > ids.length) {
                ids = Arrays.copyOf(ids, Math.max(2 * ids.length, known + tokenIds.length));
            }
            System.arraycopy(tokenIds, 0, ids, known, tokenIds.length);
            known += tokenIds.length;
        }
    }

    /** What went before it; no part of it. */
    Thoughts thoughts() {
        return thoughts;
    }

    /** Its region has counted more tokens than pieces came. */
    void atLeast(int counted) {
        tokens = Math.max(tokens, counted);
    }

    /** Whether its client has anything of it, be it thoughts. */
    boolean hasBegun() {
        return !isEmpty() || !thoughts.all().isEmpty();
    }

    boolean isEmpty() {
        return text.isEmpty() && tokens == 0;
    }

    int tokens() {
        return tokens;
    }

    /** With the client's own beginning in front. */
    String all() {
        return begun.isEmpty() ? text.toString() : begun + text;
    }

    /** Without it. */
    String ofAnswer() {
        return text.toString();
    }

    /** All of them; null where one isn't known, or where the client's own beginning goes before them. */
    int[] tokenIds() {
        return everyId && known > 0 && begun.isEmpty() ? Arrays.copyOf(ids, known) : null;
    }
}
