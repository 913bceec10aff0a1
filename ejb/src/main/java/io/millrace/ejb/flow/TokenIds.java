package io.millrace.ejb.flow;

import java.util.Arrays;

/** Tokens that pile up until somebody takes them. Owned by one thread. */
final class TokenIds {

    private int[] ids = {};
    private int length;

    /** @param more null: none */
    void add(int... more) {
        if (more == null) {
            return;
        }
        if (length + more.length > ids.length) {
            ids = Arrays.copyOf(ids, Math.max(8, 2 * (length + more.length)));
        }
        System.arraycopy(more, 0, ids, length, more.length);
        length += more.length;
    }

    /** All since the last time; null when there are none. */
    int[] take() {
        int[] taken = length == 0 ? null : Arrays.copyOf(ids, length);
        length = 0;
        return taken;
    }
}
