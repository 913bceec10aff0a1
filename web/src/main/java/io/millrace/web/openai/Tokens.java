package io.millrace.web.openai;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.web.json.Fields;

/** Reads arrays of tokens. No state. */
final class Tokens {

    private Tokens() {}

    static int[] of(JsonNode array, String param) {
        if (!array.isArray()) {
            throw Fields.wrongType(param, "an array of tokens", array);
        }
        int[] tokens = new int[array.size()];
        int index = 0;
        for (JsonNode token : array) {
            tokens[index] = (int) Fields.integer(token, param + "[" + index + "]", 0, Integer.MAX_VALUE);
            index++;
        }
        return tokens;
    }
}
