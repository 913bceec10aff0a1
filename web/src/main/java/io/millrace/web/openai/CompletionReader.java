package io.millrace.web.openai;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.intake.Prompt;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Fields;
import io.millrace.web.json.Text;

/** Reads the body of {@code /v1/completions}. */
final class CompletionReader extends RequestReader {

    static final String ENDPOINT = "/v1/completions";

    /** OpenAI's default for text completions. */
    private static final int DEFAULT_MAX_TOKENS = 16;

    CompletionReader(ObjectNode body, Caller caller, Wishes wishes) {
        super(body, caller, wishes);
    }

    Question read() {
        if (fields.get("suffix") != null) {
            throw ApiError.unsupported("suffix", "Filling in before a 'suffix'");
        }
        if (fields.integer("best_of", 1, MOST_LOGPROBS, 1) > fields.integer("n", 1, Integer.MAX_VALUE, 1)) {
            throw ApiError.unsupported("best_of", "'best_of' above 'n'");
        }
        Prompt prompt = prompt();
        int logprobs = (int) fields.integer("logprobs", 0, MOST_LOGPROBS, -1);
        return question(ENDPOINT, prompt, logprobs, maxTokens("max_tokens", DEFAULT_MAX_TOKENS), echo(prompt, logprobs));
    }

    private String echo(Prompt prompt, int logprobs) {
        if (!fields.flag("echo")) {
            return "";
        }
        if (!(prompt instanceof Prompt.Text text)) {
            throw ApiError.unsupported("echo", "'echo' of a prompt that is given as tokens");
        }
        if (logprobs >= 0) {
            throw ApiError.unsupported("echo", "'echo' together with 'logprobs'");
        }
        return text.text();
    }

    private Prompt prompt() {
        JsonNode prompt = fields.get("prompt");
        if (prompt == null) {
            throw ApiError.invalid("prompt", "'prompt' is missing.");
        }
        if (prompt.isTextual()) {
            return new Prompt.Text(Text.written(prompt, "prompt"));
        }
        if (!prompt.isArray()) {
            throw Fields.wrongType("prompt", "a string, an array of one string, or an array of tokens", prompt);
        }
        if (prompt.isEmpty()) {
            throw ApiError.invalid("prompt", "'prompt' must not be an empty array.");
        }
        if (prompt.get(0).isNumber()) {
            return tokens(prompt, "prompt");
        }
        if (prompt.size() > 1) {
            throw ApiError.invalid("prompt", "'prompt' must hold exactly one prompt, not " + prompt.size() + "; send one request for each.");
        }
        return prompt.get(0).isArray() ? tokens(prompt.get(0), "prompt[0]") : new Prompt.Text(Text.written(prompt.get(0), "prompt[0]"));
    }

    private static Prompt.Tokens tokens(JsonNode array, String param) {
        if (array.isEmpty()) {
            throw ApiError.invalid(param, "'" + param + "' must not be an empty array.");
        }
        return new Prompt.Tokens(Tokens.of(array, param));
    }
}
