package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.web.json.Text;
import java.io.IOException;
import java.util.List;

/** {@code /v1/chat/completions}. */
final class ChatFormat implements ChoiceFormat {

    @Override
    public String wholeObject() {
        return "chat.completion";
    }

    @Override
    public String chunkObject() {
        return "chat.completion.chunk";
    }

    @Override
    public boolean hasOpening() {
        return true;
    }

    @Override
    public void opening(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("delta");
        json.writeStringField("role", "assistant");
        json.writeStringField("content", "");
        json.writeEndObject();
        json.writeNullField("logprobs");
    }

    @Override
    public void piece(JsonGenerator json, String text, List<TokenLogprob> logprobs, int offset) throws IOException {
        json.writeObjectFieldStart("delta");
        json.writeStringField("content", Text.writable(text));
        json.writeEndObject();
        Logprobs.chat(json, logprobs);
    }

    @Override
    public boolean tellsReasoning() {
        return true;
    }

    @Override
    public void reasoning(JsonGenerator json, String text) throws IOException {
        json.writeObjectFieldStart("delta");
        json.writeStringField("reasoning_content", Text.writable(text));
        json.writeEndObject();
        json.writeNullField("logprobs");
    }

    @Override
    public void closing(JsonGenerator json) throws IOException {
        json.writeObjectFieldStart("delta");
        json.writeEndObject();
        json.writeNullField("logprobs");
    }

    @Override
    public void whole(JsonGenerator json, String reasoning, String text, List<TokenLogprob> logprobs, int offset) throws IOException {
        json.writeObjectFieldStart("message");
        json.writeStringField("role", "assistant");
        json.writeStringField("content", Text.writable(text));
        if (!reasoning.isEmpty()) {
            json.writeStringField("reasoning_content", Text.writable(reasoning));
        }
        json.writeNullField("refusal");
        json.writeEndObject();
        Logprobs.chat(json, logprobs);
    }
}
