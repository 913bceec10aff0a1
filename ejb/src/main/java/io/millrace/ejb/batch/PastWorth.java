package io.millrace.ejb.batch;

/**
 * Whether the prompts and answers of the past are worth their KV cells. Attention looks over every cell in use, whoever's it is
 * ({@code llama_kv_cache::get_n_kv}), so each kept one makes each step of a full batch a little longer; it is worth that where
 * prompts are found in it. Pure; owned by the batch thread. O(1).
 */
final class PastWorth {

    /** A prompt counts half as much after this many others. */
    private static final double HALF_LIFE = 64;
    private static final double FADE = Math.pow(0.5, 1 / HALF_LIFE);
    private static final int LEAST_PROMPTS = 32;
    /** Of all prompt tokens, the part that must have been found. */
    private static final double LEAST_FOUND = 0.05;
    /** Of the batch, the part that must be in use for steps to be short of time. */
    private static final double FULL = 0.75;
    /** Of the cells, the part that the past has where it brings nothing: enough to find out when it does again. */
    private static final double LITTLE = 0.01;

    private int prompts;
    private double asked;
    private double found;
    private long all;

    /** A prompt of so many tokens came. */
    void asked(int tokens) {
        prompts++;
        asked = FADE * asked + tokens;
        found *= FADE;
    }

    /** So many of the tokens of prompts need not be computed. */
    void found(int tokens) {
        found += tokens;
        all += tokens;
    }

    /** Tokens of prompts that need not be computed, from the beginning. */
    long foundTokens() {
        return all;
    }

    /**
     * The part of the cells that the past may have now.
     *
     * @param most    at most
     * @param running sequences of a batch that may have {@code limit} of them
     */
    double part(double most, int running, int limit) {
        boolean brings = prompts < LEAST_PROMPTS || found >= LEAST_FOUND * asked;
        return brings || running < FULL * limit ? most : Math.min(most, LITTLE);
    }
}
