package io.millrace.web.responses;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.context.Paper;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.conversations.Items;
import io.millrace.web.conversations.Metadata;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import io.millrace.web.openai.Envelope;
import java.io.IOException;
import java.util.UUID;
import java.util.function.Consumer;

/** A response in the making: what was said of it so far, and its object at each stage. Owned by one thread. */
final class Draft {

    enum Status { IN_PROGRESS, COMPLETED, INCOMPLETE, FAILED }

    private final Accepted call;
    private final Wanted wanted;
    private final Consumer<Paper> shelf;
    private final String itemId;
    private final StringBuilder text = new StringBuilder();
    private Status status = Status.IN_PROGRESS;
    private Usage usage;
    private ApiError error;
    private long completedSeconds;

    /** @param shelf keeps the response before its client has it */
    Draft(Accepted call, Wanted wanted, Consumer<Paper> shelf) {
        this.call = call;
        this.wanted = wanted;
        this.shelf = shelf;
        this.itemId = call.told() != null ? call.told().item() : "msg_" + UUID.randomUUID().toString().replace("-", "");
    }

    static String id(Accepted call) {
        return "resp_" + call.callId().replace("-", "");
    }

    /** Whether nobody but responses knows the conversation of a call. */
    static boolean hidden(Accepted call, Wanted wanted) {
        return wanted.conversation() == null
                && (wanted.previous() == null || wanted.previous().hidden() || !call.told().conversation().equals(wanted.previous().conversation()));
    }

    String itemId() {
        return itemId;
    }

    String text() {
        return Text.writable(text.toString());
    }

    Status status() {
        return status;
    }

    void add(String piece) {
        text.append(piece);
    }

    void end(FinishReason reason) {
        status = reason == FinishReason.LENGTH ? Status.INCOMPLETE : Status.COMPLETED;
    }

    /** It is complete: kept, where it is to be. Answers its object. */
    byte[] complete(Usage used) {
        usage = used;
        completedSeconds = System.currentTimeMillis() / 1000;
        byte[] object = Json.bytes(this::write);
        if (wanted.store()) {
            shelf.accept(new Paper(id(call), call.told().conversation(), itemId, hidden(call, wanted), call.createdSeconds() * 1000, object));
        }
        return object;
    }

    void fail(ApiError because) {
        status = Status.FAILED;
        error = because;
    }

    /** The object as it is now. */
    void write(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", id(call));
        json.writeStringField("object", "response");
        json.writeNumberField("created_at", call.createdSeconds());
        json.writeStringField("status", name(status));
        if (completedSeconds > 0 && status == Status.COMPLETED) {
            json.writeNumberField("completed_at", completedSeconds);
        } else {
            json.writeNullField("completed_at");
        }
        json.writeBooleanField("background", false);
        writeTroubles(json);
        writeAsked(json);
        json.writeStringField("model", call.model());
        json.writeArrayFieldStart("output");
        if (status != Status.IN_PROGRESS && (status != Status.FAILED || !text.isEmpty())) {
            item(json);
        }
        json.writeEndArray();
        writeUsage(json);
        if (call.told() != null) {
            json.writeObjectFieldStart("millrace");
            Envelope.context(json, call.told());
            json.writeEndObject();
        }
        json.writeEndObject();
    }

    private void writeTroubles(JsonGenerator json) throws IOException {
        if (error == null) {
            json.writeNullField("error");
        } else {
            json.writeObjectFieldStart("error");
            json.writeStringField("code", error.status() == 429 ? "rate_limit_exceeded" : "server_error");
            json.writeStringField("message", Text.writable(error.getMessage()));
            json.writeEndObject();
        }
        if (status == Status.INCOMPLETE) {
            json.writeObjectFieldStart("incomplete_details");
            json.writeStringField("reason", "max_output_tokens");
            json.writeEndObject();
        } else {
            json.writeNullField("incomplete_details");
        }
    }

    private void writeAsked(JsonGenerator json) throws IOException {
        json.writeStringField("instructions", wanted.instructions());
        if (wanted.maxOutputTokens() > 0) {
            json.writeNumberField("max_output_tokens", wanted.maxOutputTokens());
        } else {
            json.writeNullField("max_output_tokens");
        }
        json.writeStringField("previous_response_id", wanted.previous() == null ? null : wanted.previous().id());
        if (wanted.conversation() == null) {
            json.writeNullField("conversation");
        } else {
            json.writeObjectFieldStart("conversation");
            json.writeStringField("id", wanted.conversation());
            json.writeEndObject();
        }
        json.writeBooleanField("parallel_tool_calls", true);
        json.writeStringField("service_tier", wanted.tier() == null ? "default" : wanted.tier());
        json.writeBooleanField("store", wanted.store());
        json.writeNumberField("temperature", wanted.temperature());
        json.writeNumberField("top_p", wanted.topP());
        json.writeObjectFieldStart("text");
        json.writeObjectFieldStart("format");
        json.writeStringField("type", wanted.json() ? "json_object" : "text");
        json.writeEndObject();
        json.writeEndObject();
        json.writeStringField("tool_choice", "auto");
        json.writeArrayFieldStart("tools");
        json.writeEndArray();
        // a conversation's older turns make room for its newer ones
        json.writeStringField("truncation", call.told() == null ? "disabled" : "auto");
        Metadata.write(json, wanted.metadata());
        if (wanted.user() != null) {
            json.writeStringField("user", wanted.user());
        }
        if (wanted.safety() != null) {
            json.writeStringField("safety_identifier", wanted.safety());
        }
    }

    private void writeUsage(JsonGenerator json) throws IOException {
        if (usage == null) {
            json.writeNullField("usage");
            return;
        }
        json.writeObjectFieldStart("usage");
        json.writeNumberField("input_tokens", usage.promptTokens());
        json.writeObjectFieldStart("input_tokens_details");
        json.writeNumberField("cached_tokens", usage.cachedTokens());
        json.writeNumberField("cache_write_tokens", 0);
        json.writeEndObject();
        json.writeNumberField("output_tokens", usage.completionTokens());
        json.writeObjectFieldStart("output_tokens_details");
        json.writeNumberField("reasoning_tokens", usage.thoughtTokens());
        json.writeEndObject();
        json.writeNumberField("total_tokens", usage.promptTokens() + usage.completionTokens());
        json.writeEndObject();
    }

    /** The answer's message as it is now; without content as long as it is in progress. */
    void item(JsonGenerator json) throws IOException {
        json.writeStartObject();
        json.writeStringField("id", itemId);
        json.writeStringField("type", "message");
        json.writeStringField("status", name(status == Status.FAILED ? Status.INCOMPLETE : status));
        json.writeStringField("role", "assistant");
        json.writeArrayFieldStart("content");
        if (status != Status.IN_PROGRESS) {
            Items.output(json, text());
        }
        json.writeEndArray();
        json.writeEndObject();
    }

    private static String name(Status status) {
        return status.name().toLowerCase(java.util.Locale.ROOT);
    }
}
