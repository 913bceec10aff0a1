package io.millrace.tests.bench.serving;

import java.util.StringJoiner;

/**
 * A streamed request for a completion.
 *
 * @param prompt JSON: an array of tokens, or a string
 * @param user   requests of different users share no prefix; null: none is named
 * @param banned tokens that must not come, so that an answer doesn't end early; empty: none
 */
record Ask(String prompt, int maxTokens, String lane, String user, double temperature, long seed, int[] banned) {

    static Ask greedy(String prompt, int maxTokens) {
        return new Ask(prompt, maxTokens, "P1", null, 0, 0, new int[0]);
    }

    Ask in(String otherLane) {
        return new Ask(prompt, maxTokens, otherLane, user, temperature, seed, banned);
    }

    Ask by(String otherUser) {
        return new Ask(prompt, maxTokens, lane, otherUser, temperature, seed, banned);
    }

    Ask sampled(long otherSeed) {
        return new Ask(prompt, maxTokens, lane, user, 0.9, otherSeed, banned);
    }

    Ask without(int... tokens) {
        return new Ask(prompt, maxTokens, lane, user, temperature, seed, tokens);
    }

    String body() {
        StringJoiner bias = new StringJoiner(",", "{", "}");
        for (int token : banned) {
            bias.add("\"" + token + "\":-100");
        }
        return "{\"prompt\":" + prompt + ",\"max_tokens\":" + maxTokens + ",\"temperature\":" + temperature + ",\"seed\":" + seed
                + ",\"priority\":\"" + lane + "\"" + (user == null ? "" : ",\"user\":\"" + user + "\"")
                + (banned.length == 0 ? "" : ",\"logit_bias\":" + bias)
                + ",\"stream\":true,\"stream_options\":{\"include_usage\":true}}";
    }
}
