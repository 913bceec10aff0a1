package io.millrace.tests.bench.serving;

/**
 * What came of one request.
 *
 * @param status     0: nothing came, or the connection broke
 * @param done       whether it came to its end
 * @param sentNanos  when it was sent
 * @param endNanos   when it ended, or when its reader gave up
 * @param pieceNanos when each piece of text came
 * @param tokens     of the answer; 0 unless done
 * @param cached     tokens of the prompt that the server had
 */
record Heard(int status, boolean done, long sentNanos, long endNanos, long[] pieceNanos, int tokens, int prompt, int cached,
             String text) {

    boolean begun() {
        return pieceNanos.length > 0;
    }

    /** Time to the first token; of one that got none, the time that it waited for it, which is less than the truth. */
    double firstMillis() {
        return ((begun() ? pieceNanos[0] : endNanos) - sentNanos) / 1e6;
    }

    double tookMillis() {
        return (endNanos - sentNanos) / 1e6;
    }
}
