package io.millrace.web.responses;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.web.conversations.Items;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorBody;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import io.millrace.web.openai.Streaming;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** A response as the events of OpenAI's stream, each with its number; one message with one part of text. Owned by one thread. */
final class ResponseStream implements Streaming {

    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FRAME_END = "\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Draft draft;
    private final ByteArrayOutputStream frames = new ByteArrayOutputStream(512);
    private final JsonGenerator json = Json.generator(frames);
    private int number;

    ResponseStream(Draft draft) {
        this.draft = draft;
    }

    /** What one event says beside its type and number. */
    @FunctionalInterface
    private interface Saying {
        void to(JsonGenerator json) throws IOException;
    }

    private void event(String type, Saying saying) throws IOException {
        frames.writeBytes(("event: " + type + "\n").getBytes(StandardCharsets.US_ASCII));
        frames.writeBytes(DATA);
        json.writeStartObject();
        json.writeStringField("type", type);
        json.writeNumberField("sequence_number", number++);
        saying.to(json);
        json.writeEndObject();
        json.flush();
        frames.writeBytes(FRAME_END);
    }

    private void response(String type) throws IOException {
        event(type, json -> {
            json.writeFieldName("response");
            draft.write(json);
        });
    }

    private void item(String type) throws IOException {
        event(type, json -> {
            json.writeNumberField("output_index", 0);
            json.writeFieldName("item");
            draft.item(json);
        });
    }

    private void content(String type, Saying saying) throws IOException {
        event(type, json -> {
            json.writeStringField("item_id", draft.itemId());
            json.writeNumberField("output_index", 0);
            json.writeNumberField("content_index", 0);
            saying.to(json);
        });
    }

    private void part(String type, String text) throws IOException {
        content(type, json -> {
            json.writeFieldName("part");
            Items.output(json, text);
        });
    }

    private static void noLogprobs(JsonGenerator json) throws IOException {
        json.writeArrayFieldStart("logprobs");
        json.writeEndArray();
    }

    private void begin() throws IOException {
        if (number == 0) {
            response("response.created");
            response("response.in_progress");
        }
    }

    private void open() throws IOException {
        if (number <= 2) {
            begin();
            item("response.output_item.added");
            part("response.content_part.added", "");
        }
    }

    @Override
    public void text(FlowEvent.Text piece) throws IOException {
        open();
        draft.add(piece.text());
        content("response.output_text.delta", json -> {
            json.writeStringField("delta", Text.writable(piece.text()));
            noLogprobs(json);
        });
    }

    @Override
    public void done(FlowEvent.ChoiceDone done) throws IOException {
        open();
        draft.end(done.reason());
        content("response.output_text.done", json -> {
            json.writeStringField("text", draft.text());
            noLogprobs(json);
        });
        part("response.content_part.done", draft.text());
        item("response.output_item.done");
    }

    @Override
    public void end(FlowEvent.End end) throws IOException {
        draft.complete(end.usage());
        response(draft.status() == Draft.Status.INCOMPLETE ? "response.incomplete" : "response.completed");
    }

    @Override
    public void keepAlive() {
        frames.writeBytes(KEEP_ALIVE);
    }

    @Override
    public void writeTo(OutputStream out) throws IOException {
        frames.writeTo(out);
        frames.reset();
    }

    /** The response that failed, then the error that all of Millrace's streams break with. */
    @Override
    public byte[] broken(ApiError error) {
        draft.fail(error);
        frames.reset();
        try {
            begin();
            response("response.failed");
        } catch (IOException e) {
            throw new UncheckedIOException("Writing to memory failed", e);
        }
        frames.writeBytes(DATA);
        frames.writeBytes(ErrorBody.of(error));
        frames.writeBytes(FRAME_END);
        return frames.toByteArray();
    }
}
