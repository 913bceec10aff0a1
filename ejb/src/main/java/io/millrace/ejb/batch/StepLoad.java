package io.millrace.ejb.batch;

/**
 * What a step computes, as far as its time depends on it: every token goes through the weights, and looks at all that come
 * before it in its sequence.
 *
 * @param decodes      answers that it writes on
 * @param decodeLooks  tokens that these look at, all together
 * @param prefills     prompt tokens
 * @param prefillLooks tokens that these look at, all together
 */
record StepLoad(int decodes, double decodeLooks, int prefills, double prefillLooks) {

    static final StepLoad NONE = new StepLoad(0, 0, 0, 0);

    /**
     * On a CPU ggml's attention takes so many rows at once, each cell for all of them (flash attention in {@code ggml-cpu/ops.cpp},
     * {@code GGML_FA_TILE_Q}), in a step that has as many; in a smaller one it goes row by row, and 63 rows take twice as long as 64.
     */
    static final int TILE = 64;

    /** Whether it has rows for a whole tile. */
    boolean tiled() {
        return decodes + prefills >= TILE;
    }

    /** One more answer, of which {@code place} tokens are in KV cells. */
    StepLoad withDecode(int place) {
        return new StepLoad(decodes + 1, decodeLooks + place, prefills, prefillLooks);
    }

    /** {@code tokens} more of a prompt of which {@code place} tokens are in KV cells. */
    StepLoad withPrefill(int place, int tokens) {
        return new StepLoad(decodes, decodeLooks, prefills + tokens, prefillLooks + tokens * (place + tokens / 2.0));
    }
}
