package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.web.json.Text;
import java.io.IOException;
import java.util.List;

/** {@code /v1/completions}: whole answers and chunks look the same. */
final class CompletionFormat implements ChoiceFormat {

    @Override
    public String wholeObject() {
        return "text_completion";
    }

    @Override
    public String chunkObject() {
        return "text_completion";
    }

    @Override
    public boolean hasOpening() {
        return false;
    }

    @Override
    public void opening(JsonGenerator json) {
        throw new IllegalStateException("a text completion has no opening chunk");
    }

    @Override
    public void piece(JsonGenerator json, String text, List<TokenLogprob> logprobs, int offset) throws IOException {
        json.writeStringField("text", Text.writable(text));
        Logprobs.completion(json, logprobs, offset);
    }

    @Override
    public void closing(JsonGenerator json) throws IOException {
        json.writeStringField("text", "");
        json.writeNullField("logprobs");
    }

    @Override
    public void whole(JsonGenerator json, String reasoning, String text, List<TokenLogprob> logprobs, int offset) throws IOException {
        piece(json, text, logprobs, offset);
    }
}
