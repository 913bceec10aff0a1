package io.millrace.pilot;

/**
 * What the decoder looks like, in the words of a GGUF header. Immutable.
 *
 * @param vocabulary  tokens, the three markers among them
 * @param width       of the residual stream; heads times the size of a head
 * @param heads       query heads
 * @param sharedHeads key and value heads; a divisor of {@code heads}
 * @param context     positions that the file declares
 */
record Shape(int vocabulary, int width, int layers, int heads, int sharedHeads, int feedForward, int context) {

    static final float NORM_EPSILON = 1e-5f;
    static final float ROPE_BASE = 10_000;

    static final Shape PILOT = new Shape(3072, 256, 3, 8, 2, 640, 2048);

    int headSize() {
        return width / heads;
    }

    int groupSize() {
        return heads / sharedHeads;
    }
}
