package io.millrace.connector.llama;

/**
 * The draw of one token, each with its probability: the softmax of logits over temperature, as of
 * {@code llama_sampler_init_dist}. Used once, by the thread that runs the step.
 *
 * <p>Every token has a random time of its own, exponentially distributed with its probability as the rate, and the first
 * one wins (the Gumbel-max trick; Efraimidis and Spirakis, "Weighted random sampling with a reservoir", 2006). The times
 * are functions of seed, index and token alone, so the order of the candidates doesn't matter, a token that leaves them
 * changes nothing unless it had won, and logits that are rounded differently, as after another prefill, seldom change
 * the winner: that is what an interrupted answer needs to go on unchanged. One draw compared with sums of
 * probabilities would shift with every candidate before it.
 *
 * <p>Random bits are those of SplitMix64 (Steele, Lea and Flood, "Fast splittable pseudorandom number generators",
 * 2014).
 */
final class Race {

    private static final long GOLDEN_GAMMA = 0x9E3779B97F4A7C15L;
    private static final int UNIFORM_BITS = 52;

    /** {@code RATE[n]} is no less than the rate of a token that is n or more behind the likeliest. */
    private static final double[] RATE = new double[64];

    static {
        for (int behind = 0; behind < RATE.length; behind++) {
            RATE[behind] = StrictMath.exp(-behind) * (1 + 1e-9);
        }
    }

    private final long key;
    private final double greatest;
    private final double inverseTemperature;
    private double best = Double.POSITIVE_INFINITY;
    private int winner;

    /**
     * @param index     number of tokens of the answer before this one
     * @param likeliest takes part in any case
     * @param greatest  its logit, finite; none is greater
     */
    Race(long seed, long index, int likeliest, float greatest, float temperature) {
        this.key = key(seed, index);
        this.greatest = greatest;
        this.inverseTemperature = 1.0 / temperature;
        this.winner = likeliest;
        enter(likeliest, greatest);
    }

    /** The token that was first. */
    int winner() {
        return winner;
    }

    /** Enters every token. */
    void enter(float[] logits) {
        for (int token = 0; token < logits.length; token++) {
            enter(token, logits[token]);
        }
    }

    /** A uniform number is less than the exponential one made of it, so most losers are known without a logarithm. */
    void enter(int token, float logit) {
        double behind = (greatest - logit) * inverseTemperature;
        double uniform = uniform(key, token);
        if (uniform < best * RATE[(int) Math.min(behind, RATE.length - 1)]) {
            finish(token, behind, uniform);
        }
    }

    /** Strict mathematics, so that the same logits give the same token on every machine. */
    private void finish(int token, double behind, double uniform) {
        double time = -StrictMath.log1p(-uniform) * StrictMath.exp(behind);
        if (time < best) {
            best = time;
            winner = token;
        }
    }

    /** What the times of all tokens of one draw are made of. */
    static long key(long seed, long index) {
        return mix(mix(seed + GOLDEN_GAMMA) + index * GOLDEN_GAMMA);
    }

    /** Above 0 and below 1. */
    static double uniform(long key, int token) {
        long bits = mix(key + (token + 1) * GOLDEN_GAMMA);
        return ((bits >>> Long.SIZE - UNIFORM_BITS) + 0.5) / (1L << UNIFORM_BITS);
    }

    private static long mix(long bits) {
        bits = (bits ^ bits >>> 30) * 0xBF58476D1CE4E5B9L;
        bits = (bits ^ bits >>> 27) * 0x94D049BB133111EBL;
        return bits ^ bits >>> 31;
    }
}
