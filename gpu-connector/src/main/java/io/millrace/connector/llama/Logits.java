package io.millrace.connector.llama;

import io.millrace.connector.engine.SlotOutcome.Candidate;
import java.util.Arrays;
import java.util.List;

/** Arithmetic on the scores of one position, one float for each token. No state. */
final class Logits {

    private Logits() {}

    /** The likeliest token; -1 when a logit is no number or none is finite. */
    static int argMax(float[] logits) {
        int best = -1;
        float max = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < logits.length; token++) {
            float logit = logits[token];
            if (!(logit <= max)) {
                if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
                    return -1;
                }
                max = logit;
                best = token;
            }
        }
        return best;
    }

    /** Natural log of the sum of all tokens' exponentials: subtract it from a logit to get a log probability. */
    static double logSum(float[] logits) {
        float max = logits[argMax(logits)];
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    /** The likeliest {@code count} tokens with a finite logit, best first; equals go to the lower token. */
    static int[] top(float[] logits, int count) {
        int[] best = new int[Math.min(count, logits.length)];
        int found = 0;
        float least = Float.NEGATIVE_INFINITY;
        for (int token = 0; token < logits.length && best.length > 0; token++) {
            if (logits[token] > least) {
                int at = found < best.length ? found++ : found - 1;
                for (; at > 0 && logits[token] > logits[best[at - 1]]; at--) {
                    best[at] = best[at - 1];
                }
                best[at] = token;
                least = found < best.length ? least : logits[best[found - 1]];
            }
        }
        return Arrays.copyOf(best, found);
    }

    /** {@link #top} with log probabilities. */
    static List<Candidate> top(float[] logits, int count, double logSum) {
        return Arrays.stream(top(logits, count))
                .mapToObj(token -> new Candidate(token, (float) (logits[token] - logSum))).toList();
    }
}
