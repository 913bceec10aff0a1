package io.millrace.connector.llama;

import java.util.Arrays;
import java.util.function.DoubleUnaryOperator;

/**
 * The tokens that top-k, top-p and min-p leave of a vocabulary. One is shared by all slots of an engine and filled anew
 * for each choice. Used by the thread that runs the step.
 *
 * <p>The rules are those of {@code llama_sampler_top_k_apply}, {@code llama_sampler_top_p_apply} and
 * {@code llama_sampler_min_p_apply}. Two things differ. Of equally likely tokens the lower ones stay, where llama.cpp's
 * sort leaves open which do. And masses are added up as doubles, where llama.cpp's floats may keep some tokens more or
 * less at the border.
 *
 * <p>llama.cpp sorts the whole vocabulary when the likeliest 256 tokens don't have the wanted mass: some ten
 * milliseconds for 150,000. Here tokens are counted in buckets by how far behind the likeliest they are, and only the
 * bucket at the border is sorted; that is all of them at worst, when none is a sixty-fourth of a nat behind.
 */
final class Shortlist {

    private static final int BUCKETS_PER_NAT = 64;
    /** Where the last bucket begins: all that is in it has less mass than any top-p below 1 leaves out. */
    private static final int REACH_NATS = 40;
    private static final int LAST = REACH_NATS * BUCKETS_PER_NAT;

    /** Up to this top-k, keeping the likeliest in order costs less than counting all. */
    private static final int FEW = 256;

    /** Mass of a token in the middle of each bucket but the last, relative to the likeliest one's. */
    private static final double[] MASS = new double[LAST];

    static {
        for (int bucket = 0; bucket < LAST; bucket++) {
            MASS[bucket] = StrictMath.exp(-(bucket + 0.5) / BUCKETS_PER_NAT);
        }
    }

    private final int[] tokens;
    /** What is in the bucket at the border, as ranks. */
    private final long[] border;
    /** The mass, or the number of tokens, in each bucket. */
    private final double[] sums = new double[LAST + 1];
    private int size;
    private float[] logits;
    private float greatest;

    Shortlist(int vocabulary) {
        tokens = new int[vocabulary];
        border = new long[vocabulary];
    }

    /**
     * Lists the likeliest {@code topK} tokens, all for 0.
     *
     * @param logits    of every token; not to be changed while the list is in use
     * @param likeliest has a finite logit; none is greater
     */
    void fill(float[] logits, int likeliest, int topK) {
        this.logits = logits;
        greatest = logits[likeliest];
        if (topK > 0 && topK <= FEW) {
            int[] top = Logits.top(logits, topK);
            System.arraycopy(top, 0, tokens, 0, top.length);
            size = top.length;
            return;
        }
        for (int token = 0; token < logits.length; token++) {
            tokens[token] = token;
        }
        size = logits.length;
        if (topK > 0 && topK < size) {
            count();
            cut(_ -> 1, topK);
        }
    }

    /** Keeps the fewest of the likeliest whose probabilities add up to {@code p}; all for 1. */
    void keepTopP(float p) {
        if (p < 1) {
            cut(Shortlist::mass, p * weigh());
        }
    }

    /** Keeps what is at least {@code p} times as likely as the likeliest; all for 0. */
    void keepMinP(float p) {
        if (p > 0) {
            float least = greatest + (float) StrictMath.log(p);
            int kept = 0;
            for (int i = 0; i < size; i++) {
                if (logits[tokens[i]] >= least) {
                    tokens[kept++] = tokens[i];
                }
            }
            size = kept;
        }
    }

    /** Enters all that are left. */
    void enter(Race race) {
        for (int i = 0; i < size; i++) {
            race.enter(tokens[i], logits[tokens[i]]);
        }
    }

    /** What is left, in no order. */
    int[] tokens() {
        return Arrays.copyOf(tokens, size);
    }

    private void count() {
        Arrays.fill(sums, 0);
        for (int i = 0; i < size; i++) {
            sums[bucket(behind(tokens[i]))]++;
        }
    }

    /** The mass of all. */
    private double weigh() {
        Arrays.fill(sums, 0);
        for (int i = 0; i < size; i++) {
            double behind = behind(tokens[i]);
            sums[bucket(behind)] += mass(behind);
        }
        return Arrays.stream(sums).sum();
    }

    /** Keeps the fewest of the likeliest whose weights, those of the buckets, add up to {@code wanted}. */
    private void cut(DoubleUnaryOperator weight, double wanted) {
        int last = 0;
        double sum = 0;
        while (last < LAST && sum + sums[last] < wanted) {
            sum += sums[last++];
        }
        int bordering = keepBefore(last);
        Arrays.sort(border, 0, bordering);
        for (int i = 0; i < bordering && sum < wanted; i++) {
            int token = (int) border[i];
            tokens[size++] = token;
            sum += weight.applyAsDouble(behind(token));
        }
    }

    /** Keeps what is in lower buckets, puts what is in this one at the border and returns how many these are. */
    private int keepBefore(int bucket) {
        int kept = 0;
        int bordering = 0;
        for (int i = 0; i < size; i++) {
            int token = tokens[i];
            int its = bucket(behind(token));
            if (its < bucket) {
                tokens[kept++] = token;
            } else if (its == bucket) {
                border[bordering++] = rank(token);
            }
        }
        size = kept;
        return bordering;
    }

    /** In nats, 0 or more. */
    private double behind(int token) {
        return (double) greatest - logits[token];
    }

    /** Less for a likelier token, then for a lower one; ends with the token. */
    private long rank(int token) {
        int bits = Float.floatToRawIntBits(logits[token] + 0f);
        int ascending = bits ^ bits >> Integer.SIZE - 1 & Integer.MAX_VALUE;
        return (long) ~ascending << Integer.SIZE | token;
    }

    private static int bucket(double behind) {
        return behind < REACH_NATS ? (int) (behind * BUCKETS_PER_NAT) : LAST;
    }

    /**
     * The exponential function to nine digits, up to the last bucket: from a table for the bucket's middle, then by a
     * polynomial. {@code Math.exp} would take twice as long for a vocabulary.
     */
    static double mass(double behind) {
        int bucket = bucket(behind);
        if (bucket == LAST) {
            return 0;
        }
        double off = behind - (bucket + 0.5) / BUCKETS_PER_NAT;
        return MASS[bucket] * (1 - off * (1 - off * (1 / 2.0 - off * (1 / 6.0))));
    }
}
