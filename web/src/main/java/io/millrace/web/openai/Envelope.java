package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.context.Told;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.intake.Submission.Accepted;
import java.io.IOException;

/** The fields that every answer and every chunk has. */
public final class Envelope {

    private Envelope() {}

    static void head(JsonGenerator json, Accepted call, String object) throws IOException {
        json.writeStringField("id", call.callId());
        json.writeStringField("object", object);
        json.writeNumberField("created", call.createdSeconds());
        json.writeStringField("model", call.model());
        json.writeNullField("system_fingerprint");
    }

    /** Millrace's own: what the prompt got from its conversation; within its object. */
    public static void context(JsonGenerator json, Told told) throws IOException {
        json.writeObjectFieldStart("context");
        json.writeStringField("conversation", told.conversation());
        json.writeStringField("tier", told.tier().name());
        json.writeNumberField("turns", told.turns());
        json.writeNumberField("tokens", told.tokens());
        json.writeBooleanField("digest", told.digest());
        json.writeBooleanField("recovery", told.recovery());
        json.writeEndObject();
    }

    static void finishReason(JsonGenerator json, FinishReason reason) throws IOException {
        switch (reason) {
            case null -> json.writeNullField("finish_reason");
            case STOP -> json.writeStringField("finish_reason", "stop");
            case LENGTH -> json.writeStringField("finish_reason", "length");
        }
    }

    /** OpenAI's usage, with DeepSeek's names for what came out of the cache beside OpenAI's. */
    static void usage(JsonGenerator json, Usage usage) throws IOException {
        json.writeObjectFieldStart("usage");
        json.writeNumberField("prompt_tokens", usage.promptTokens());
        json.writeNumberField("completion_tokens", usage.completionTokens());
        json.writeNumberField("total_tokens", usage.promptTokens() + usage.completionTokens());
        json.writeObjectFieldStart("prompt_tokens_details");
        json.writeNumberField("cached_tokens", usage.cachedTokens());
        json.writeEndObject();
        if (usage.thoughtTokens() > 0) {
            json.writeObjectFieldStart("completion_tokens_details");
            json.writeNumberField("reasoning_tokens", usage.thoughtTokens());
            json.writeEndObject();
        }
        json.writeNumberField("prompt_cache_hit_tokens", usage.cachedTokens());
        json.writeNumberField("prompt_cache_miss_tokens", usage.promptTokens() - usage.cachedTokens());
        json.writeEndObject();
    }
}
