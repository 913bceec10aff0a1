package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorBody;
import io.millrace.web.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * An answer as server-sent events: collects the frames of one event, then writes them at once. Where the client can come
 * back, each frame has an id, which says what the client has when it has that frame: CALL_ID:SEEN. Owned by one thread.
 */
final class StreamAnswer implements Streaming {

    private static final byte[] ID = "id: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DATA = "data: ".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] FRAME_END = "\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] DONE = "data: [DONE]\n\n".getBytes(StandardCharsets.US_ASCII);
    private static final byte[] KEEP_ALIVE = ": keep-alive\n\n".getBytes(StandardCharsets.US_ASCII);

    private final Accepted call;
    private final Question question;
    private final ChoiceFormat format;
    private final ByteArrayOutputStream frames = new ByteArrayOutputStream(512);
    private final JsonGenerator json = Json.generator(frames);
    private final Seen seen;
    /** The first chunk says what the prompt got from its conversation. */
    private boolean toldContext;

    StreamAnswer(Accepted call, Question question, ChoiceFormat format) {
        this.call = call;
        this.question = question;
        this.format = format;
        this.seen = call.seen() == null ? new Seen(question.request().choices()) : call.seen();
    }

    /** A piece of one choice, with the chunk that opens the choice where it is the first. */
    @Override
    public void text(FlowEvent.Text piece) throws IOException {
        open(piece.choice());
        int offset = question.echo().length() + seen.chars(piece.choice());
        seen.add(piece.choice(), piece.text().length());
        chunk(piece.choice(), piece.text(), question.logprobs() ? piece.logprobs() : null, offset, question.tokens() ? piece.tokens() : null);
    }

    @Override
    public void reasoning(FlowEvent.Reasoning more) throws IOException {
        if (format.tellsReasoning()) {
            open(more.choice());
            seen.reason(more.choice(), more.text().length());
            startChunk(more.choice());
            format.reasoning(json, more.text());
            endChunk(null);
        }
    }

    @Override
    public void done(FlowEvent.ChoiceDone done) throws IOException {
        open(done.choice());
        seen.end(done.choice());
        startChunk(done.choice());
        format.closing(json);
        endChunk(done.reason());
    }

    /** The usage where it was asked for, and the mark that ends the stream. */
    @Override
    public void end(FlowEvent.End end) throws IOException {
        if (question.includeUsage() && !seen.usage()) {
            seen.tellUsage();
            startFrame();
            json.writeArrayFieldStart("choices");
            json.writeEndArray();
            Envelope.usage(json, end.usage());
            endFrame();
        }
        frames.writeBytes(DONE);
    }

    @Override
    public byte[] broken(ApiError error) {
        return frame(error);
    }

    static byte[] frame(ApiError error) {
        ByteArrayOutputStream frame = new ByteArrayOutputStream(256);
        frame.writeBytes(DATA);
        frame.writeBytes(ErrorBody.of(error));
        frame.writeBytes(FRAME_END);
        return frame.toByteArray();
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

    private void open(int choice) throws IOException {
        if (seen.opened(choice)) {
            return;
        }
        seen.open(choice);
        if (format.hasOpening()) {
            startChunk(choice);
            format.opening(json);
            endChunk(null);
        }
        if (!question.echo().isEmpty()) {
            chunk(choice, question.echo(), null, 0, null);
        }
    }

    private void chunk(int choice, String text, List<FlowEvent.TokenLogprob> logprobs, int offset, int[] tokens) throws IOException {
        startChunk(choice);
        format.piece(json, text, logprobs, offset);
        endChunk(null, tokens);
    }

    private void startChunk(int choice) throws IOException {
        startFrame();
        json.writeArrayFieldStart("choices");
        json.writeStartObject();
        json.writeNumberField("index", choice);
    }

    private void endChunk(FinishReason reason) throws IOException {
        endChunk(reason, null);
    }

    private void endChunk(FinishReason reason, int[] tokens) throws IOException {
        Envelope.finishReason(json, reason);
        json.writeEndObject();
        json.writeEndArray();
        if (question.includeUsage()) {
            json.writeNullField("usage");
        }
        boolean context = call.told() != null && !toldContext;
        if (tokens != null || context) {
            json.writeObjectFieldStart("millrace");
            if (tokens != null) {
                json.writeFieldName("tokens");
                json.writeArray(tokens, 0, tokens.length);
            }
            if (context) {
                Envelope.context(json, call.told());
                toldContext = true;
            }
            json.writeEndObject();
        }
        endFrame();
    }

    private void startFrame() throws IOException {
        if (call.seen() != null) {
            frames.writeBytes(ID);
            frames.writeBytes((call.callId() + ":" + seen + "\n").getBytes(StandardCharsets.US_ASCII));
        }
        frames.writeBytes(DATA);
        json.writeStartObject();
        Envelope.head(json, call, format.chunkObject());
    }

    private void endFrame() throws IOException {
        json.writeEndObject();
        json.flush();
        frames.writeBytes(FRAME_END);
    }
}
