package io.millrace.connector.engine;

import java.util.Map;
import java.util.Objects;

/**
 * How the next token is chosen, in the order in which it is applied: logit bias, penalties, grammar, top-k, top-p,
 * min-p, temperature, then a draw. Temperature 0 takes the likeliest token.
 *
 * <p>The draw of an answer's i-th token depends on {@code seed}, i and the probabilities, and on nothing that happened
 * before: see {@link SlotWork.Open}.
 *
 * @param temperature      0 to 2
 * @param topK             most candidates; 0: no limit
 * @param topP             probability mass kept, above 0 and up to 1; 1: all
 * @param minP             least probability relative to the likeliest token, 0 to 1
 * @param repeatPenalty    divides the logits of the last 64 tokens; 1: none
 * @param frequencyPenalty −2 to 2, per earlier occurrence
 * @param presencePenalty  −2 to 2, once for any earlier occurrence
 * @param seed             of the draw
 * @param logitBias        token to addend, −100 to 100
 * @param grammar          GBNF text, or null
 * @param logprobs         likeliest tokens to report, 0 to 20; −1: no log probabilities at all
 */
public record Sampling(float temperature, int topK, float topP, float minP, float repeatPenalty,
                       float frequencyPenalty, float presencePenalty, long seed, Map<Integer, Float> logitBias,
                       String grammar, int logprobs) {

    /** The likeliest token, always. */
    public static final Sampling GREEDY = new Sampling(0, 0, 1, 0, 1, 0, 0, 0, Map.of(), null, -1);

    public Sampling {
        logitBias = Map.copyOf(Objects.requireNonNull(logitBias, "logitBias"));
        require(temperature >= 0 && temperature <= 2, "temperature", temperature, "0 to 2");
        require(topK >= 0, "top_k", topK, "0 or more");
        require(topP > 0 && topP <= 1, "top_p", topP, "above 0, up to 1");
        require(minP >= 0 && minP <= 1, "min_p", minP, "0 to 1");
        require(repeatPenalty > 0 && repeatPenalty <= 2, "repeat_penalty", repeatPenalty, "above 0, up to 2");
        require(frequencyPenalty >= -2 && frequencyPenalty <= 2, "frequency_penalty", frequencyPenalty, "-2 to 2");
        require(presencePenalty >= -2 && presencePenalty <= 2, "presence_penalty", presencePenalty, "-2 to 2");
        logitBias.values().forEach(bias -> require(Math.abs(bias) <= 100, "logit_bias", bias, "-100 to 100"));
        require(logprobs >= -1 && logprobs <= 20, "top_logprobs", logprobs, "0 to 20");
    }

    /** The same with another grammar; null: none. */
    public Sampling with(String otherGrammar) {
        return new Sampling(temperature, topK, topP, minP, repeatPenalty, frequencyPenalty, presencePenalty, seed, logitBias,
                otherGrammar, logprobs);
    }

    private static void require(boolean holds, String name, Number value, String range) {
        if (!holds) {
            throw new IllegalArgumentException(name + " must be " + range + ", not " + value);
        }
    }
}
