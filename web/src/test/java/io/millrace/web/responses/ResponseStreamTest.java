package io.millrace.web.responses;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.context.Paper;
import io.millrace.ejb.context.Tier;
import io.millrace.ejb.context.Told;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class ResponseStreamTest {

    private static final Wanted WANTED = new Wanted(true, null, Map.of("a", "b"), null, null, 0, 1, 1, false, null, null, null);
    private static final Told TOLD = new Told("conv_1", "msg_1", Tier.NEW, 0, 0, false, false);
    private static final Accepted CALL = new Accepted("0-1-2", "m", 1_700_000_000, null, null, TOLD);
    private static final List<String> WHOLE = List.of("response.created", "response.in_progress", "response.output_item.added",
            "response.content_part.added", "response.output_text.delta", "response.output_text.delta", "response.output_text.done",
            "response.content_part.done", "response.output_item.done", "response.completed");

    private final List<Paper> kept = new ArrayList<>();

    @Test
    void tellsTheEventsInOrderAndKeepsTheResponseBeforeTheLast() throws IOException {
        ResponseStream stream = stream(WANTED);
        stream.text(new FlowEvent.Text(0, "a\n", List.of()));
        stream.keepAlive();
        stream.text(new FlowEvent.Text(0, "水", List.of()));
        stream.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        assertEquals(List.of(), kept);
        stream.end(new FlowEvent.End(new Usage(5, 2, 3)));
        List<JsonNode> events = events(written(stream));

        assertEquals(WHOLE, events.stream().map(event -> event.get("type").textValue()).toList());
        for (int i = 0; i < events.size(); i++) {
            assertEquals(i, events.get(i).get("sequence_number").intValue());
        }
        assertEquals("in_progress", events.getFirst().at("/response/status").textValue());
        assertEquals(0, events.getFirst().at("/response/output").size());
        assertEquals("a\n水", events.get(6).get("text").textValue());
        events.subList(4, 8).forEach(event -> assertEquals("msg_1", event.get("item_id").textValue()));
        JsonNode response = events.getLast().get("response");
        assertEquals("completed", response.get("status").textValue());
        assertEquals("resp_012", response.get("id").textValue());
        assertEquals("a\n水", response.at("/output/0/content/0/text").textValue());
        assertEquals("{\"input_tokens\":5,\"input_tokens_details\":{\"cached_tokens\":3,\"cache_write_tokens\":0},\"output_tokens\":2,"
                + "\"output_tokens_details\":{\"reasoning_tokens\":0},\"total_tokens\":7}", response.get("usage").toString());
        assertEquals(1, kept.size());
        assertEquals(new Paper("resp_012", "conv_1", "msg_1", true, 1_700_000_000_000L, kept.getFirst().content()), kept.getFirst());
        assertArrayEquals(response.toString().getBytes(StandardCharsets.UTF_8), kept.getFirst().content(), "what is kept is what was told");
    }

    @Test
    void saysThatItsBoundEndedIt() throws IOException {
        ResponseStream stream = stream(WANTED);
        stream.text(new FlowEvent.Text(0, "a", List.of()));
        stream.done(new FlowEvent.ChoiceDone(0, FinishReason.LENGTH));
        stream.end(new FlowEvent.End(new Usage(1, 1, 0)));
        JsonNode last = events(written(stream)).getLast();

        assertEquals("response.incomplete", last.get("type").textValue());
        assertEquals("incomplete", last.at("/response/status").textValue());
        assertEquals("max_output_tokens", last.at("/response/incomplete_details/reason").textValue());
        assertEquals("incomplete", last.at("/response/output/0/status").textValue());
        assertTrue(last.at("/response/completed_at").isNull());
    }

    @Test
    void anEmptyAnswerHasItsMessageToo() throws IOException {
        ResponseStream stream = stream(WANTED);
        stream.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        stream.end(new FlowEvent.End(new Usage(1, 1, 0)));
        List<String> types = events(written(stream)).stream().map(event -> event.get("type").textValue()).toList();

        assertEquals(WHOLE.stream().filter(type -> !type.endsWith("delta")).toList(), types);
    }

    @Test
    void whatBreaksSaysSoAndIsNotKept() throws IOException {
        ResponseStream stream = stream(WANTED);
        stream.text(new FlowEvent.Text(0, "half", List.of()));
        written(stream);
        List<JsonNode> events = events(new String(stream.broken(ApiError.stopping()), StandardCharsets.UTF_8));

        assertEquals("response.failed", events.getFirst().get("type").textValue());
        assertEquals(5, events.getFirst().get("sequence_number").intValue());
        assertEquals("failed", events.getFirst().at("/response/status").textValue());
        assertEquals("server_error", events.getFirst().at("/response/error/code").textValue());
        assertEquals("half", events.getFirst().at("/response/output/0/content/0/text").textValue());
        assertEquals("shutting_down", events.get(1).at("/error/code").textValue());
        assertEquals(List.of(), kept);
    }

    @Test
    void aWholeResponseLooksAsTheStreamsLast() throws IOException {
        WholeResponse whole = new WholeResponse(new Draft(CALL, WANTED, kept::add));
        whole.text(new FlowEvent.Text(0, "a", List.of()));
        whole.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        byte[] json = whole.json(new Usage(1, 1, 0));

        assertArrayEquals(json, kept.getFirst().content());
        assertEquals("{\"a\":\"b\"}", Json.object(json).get("metadata").toString());
    }

    @Test
    void knowsWhichConversationsAreItsOwnersAndWhichAreHidden() {
        Paper named = new Paper("resp_0", "conv_1", "msg_0", false, 0, new byte[0]);
        Paper elsewhere = new Paper("resp_0", "conv_0", "msg_0", false, 0, new byte[0]);
        assertTrue(Draft.hidden(CALL, WANTED));
        assertFalse(Draft.hidden(CALL, after(named)));
        assertTrue(Draft.hidden(CALL, after(elsewhere)), "it went on in a conversation of its own");
        assertFalse(Draft.hidden(CALL, new Wanted(true, null, Map.of(), null, "mine", 0, 1, 1, false, null, null, null)));
    }

    private static Wanted after(Paper previous) {
        return new Wanted(true, null, Map.of(), previous, null, 0, 1, 1, false, null, null, null);
    }

    private ResponseStream stream(Wanted wanted) {
        return new ResponseStream(new Draft(CALL, wanted, kept::add));
    }

    private static String written(ResponseStream stream) throws IOException {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        stream.writeTo(out);
        return out.toString(StandardCharsets.UTF_8);
    }

    private static List<JsonNode> events(String frames) {
        List<JsonNode> events = new ArrayList<>();
        for (String frame : frames.split("\n\n")) {
            if (frame.startsWith(":")) {
                continue;
            }
            String data = frame.substring(frame.indexOf("data: ") + 6);
            JsonNode event = Json.object(data.getBytes(StandardCharsets.UTF_8));
            assertTrue(!event.has("type") || frame.startsWith("event: " + event.get("type").textValue() + "\n"), frame);
            events.add(event);
        }
        return events;
    }
}
