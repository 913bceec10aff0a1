package io.millrace.connector.llama;

import io.millrace.connector.engine.SlotOutcome.Candidate;
import java.util.ArrayList;
import java.util.List;

/** Arithmetic on the scores of one position, one float for each token. No state. */
final class Logits {

    private Logits() {}

    /** The greatest logit; NaN when one of them is NaN. */
    static float max(float[] logits) {
        float max = Float.NEGATIVE_INFINITY;
        for (float logit : logits) {
            max = Math.max(max, logit);
        }
        return max;
    }

    /** First token whose logit is {@code value}, -1 if none. */
    static int indexOf(float[] logits, float value) {
        for (int token = 0; token < logits.length; token++) {
            if (logits[token] == value) {
                return token;
            }
        }
        return -1;
    }

    /** Natural log of the sum of all tokens' exponentials: subtract it from a logit to get a log probability. */
    static double logSum(float[] logits, float max) {
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - max);
        }
        return max + Math.log(sum);
    }

    /** The likeliest {@code count} tokens, best first; equals go to the lower token. */
    static List<Candidate> top(float[] logits, int count, double logSum) {
        int[] best = new int[Math.min(count, logits.length)];
        int found = 0;
        for (int token = 0; token < logits.length && best.length > 0; token++) {
            if (found < best.length || logits[token] > logits[best[found - 1]]) {
                int at = found < best.length ? found++ : found - 1;
                for (; at > 0 && logits[token] > logits[best[at - 1]]; at--) {
                    best[at] = best[at - 1];
                }
                best[at] = token;
            }
        }
        List<Candidate> top = new ArrayList<>(found);
        for (int token : best) {
            top.add(new Candidate(token, (float) (logits[token] - logSum)));
        }
        return top;
    }
}
