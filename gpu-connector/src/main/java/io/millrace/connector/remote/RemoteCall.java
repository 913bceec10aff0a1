package io.millrace.connector.remote;

import io.millrace.connector.engine.Sampling;
import java.util.List;
import java.util.Objects;

/**
 * One question to a server. Its answer is always streamed, with usage. Immutable, except that arrays are not copied.
 *
 * @param model      what the server calls its model
 * @param prompt     what is asked
 * @param sampling   how tokens are chosen; what the dialect has no field for is left out, as is what changes nothing.
 *                   The grammar goes only to {@link Dialect#MILLRACE}, {@link Dialect#LLAMA}, {@link Dialect#VLLM} and
 *                   {@link Dialect#SGLANG}, begins with what comes back and not with {@code said}, and gives way to
 *                   {@code jsonObject}
 * @param maxTokens  most tokens of the answer, not counting those of {@code said}; 0: no limit is sent
 * @param stop       texts that end the answer; at most 16
 * @param said       beginning of the answer that was already given, which the server goes on from; empty: a new answer.
 *                   What comes back begins after it. Only where {@link Dialect#continues}. A chat whose last message
 *                   the client wants carried on has that message here and not among its turns
 * @param saidTokens the tokens of {@code said}, and perhaps of more that was held back and is to be said now; null: not known. Only
 *                   {@link Dialect#MILLRACE} has a use for them
 * @param reasoning  that went before {@code said} ({@code reasoning_content}); empty: none, or not known. Only
 *                   {@link Dialect#DEEPSEEK} has a use for it
 * @param user       who asks, a pseudonym; null: not sent
 * @param jsonObject whether the answer must be one JSON object ({@code response_format})
 */
public record RemoteCall(String model, Prompt prompt, Sampling sampling, int maxTokens, List<String> stop, String said,
                         int[] saidTokens, String reasoning, String user, boolean jsonObject) {

    private static final int MOST_STOPS = 16;

    public RemoteCall {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(said, "said");
        Objects.requireNonNull(reasoning, "reasoning");
        stop = List.copyOf(stop);
        if (maxTokens < 0) {
            throw new IllegalArgumentException("maxTokens must not be negative: " + maxTokens);
        }
        if (stop.size() > MOST_STOPS) {
            throw new IllegalArgumentException("at most " + MOST_STOPS + " stop texts, not " + stop.size());
        }
    }

    /** Whether an answer goes on that was begun elsewhere or before. */
    public boolean continues() {
        return !said.isEmpty() || saidTokens != null && saidTokens.length > 0;
    }

    /** Without a word of what is asked or answered: this may reach a log. */
    @Override
    public String toString() {
        return "RemoteCall[model=" + model + ", " + prompt.getClass().getSimpleName() + ", maxTokens=" + maxTokens
                + ", said=" + said.length() + " characters]";
    }
}
