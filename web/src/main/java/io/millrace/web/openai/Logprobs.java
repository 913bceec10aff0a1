package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/** Log probabilities in the two forms that OpenAI has for them. */
final class Logprobs {

    /** What OpenAI says for a token that can't be: JSON has no infinity. */
    private static final float IMPOSSIBLE = -9999f;

    private Logprobs() {}

    /** The form of chat completions: an object for each token. Null writes null. */
    static void chat(JsonGenerator json, List<TokenLogprob> tokens) throws IOException {
        if (tokens == null) {
            json.writeNullField("logprobs");
            return;
        }
        json.writeObjectFieldStart("logprobs");
        json.writeArrayFieldStart("content");
        for (TokenLogprob token : tokens) {
            json.writeStartObject();
            token(json, token);
            json.writeArrayFieldStart("top_logprobs");
            for (TokenLogprob other : token.top()) {
                json.writeStartObject();
                token(json, other);
                json.writeEndObject();
            }
            json.writeEndArray();
            json.writeEndObject();
        }
        json.writeEndArray();
        json.writeNullField("refusal");
        json.writeEndObject();
    }

    /** The form of text completions: parallel arrays. {@code offset}: characters of the answer before these tokens. */
    static void completion(JsonGenerator json, List<TokenLogprob> tokens, int offset) throws IOException {
        if (tokens == null) {
            json.writeNullField("logprobs");
            return;
        }
        json.writeObjectFieldStart("logprobs");
        json.writeArrayFieldStart("tokens");
        for (TokenLogprob token : tokens) {
            json.writeString(text(token));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("token_logprobs");
        for (TokenLogprob token : tokens) {
            json.writeNumber(finite(token.logprob()));
        }
        json.writeEndArray();
        json.writeArrayFieldStart("top_logprobs");
        for (TokenLogprob token : tokens) {
            top(json, token.top());
        }
        json.writeEndArray();
        json.writeArrayFieldStart("text_offset");
        int at = offset;
        for (TokenLogprob token : tokens) {
            json.writeNumber(at);
            at += text(token).length();
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static void top(JsonGenerator json, List<TokenLogprob> top) throws IOException {
        Set<String> written = new HashSet<>();
        json.writeStartObject();
        for (TokenLogprob token : top) {
            String text = text(token);
            // two tokens may stand for the same bytes: the likelier one, which comes first, stays
            if (written.add(text)) {
                json.writeNumberField(text, finite(token.logprob()));
            }
        }
        json.writeEndObject();
    }

    private static void token(JsonGenerator json, TokenLogprob token) throws IOException {
        json.writeStringField("token", text(token));
        json.writeNumberField("logprob", finite(token.logprob()));
        json.writeArrayFieldStart("bytes");
        for (byte b : token.bytes()) {
            json.writeNumber(b & 0xff);
        }
        json.writeEndArray();
    }

    private static float finite(float logprob) {
        return logprob >= IMPOSSIBLE ? Math.min(logprob, 0f) : IMPOSSIBLE;
    }

    /** The token's text; where its bytes are only part of a character, OpenAI's {@code bytes:\xe4\xbd}. */
    static String text(TokenLogprob token) {
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(token.bytes())).toString();
        } catch (CharacterCodingException e) {
            StringBuilder escaped = new StringBuilder("bytes:");
            for (byte b : token.bytes()) {
                escaped.append("\\x").append(Character.forDigit(b >> 4 & 15, 16)).append(Character.forDigit(b & 15, 16));
            }
            return escaped.toString();
        }
    }
}
