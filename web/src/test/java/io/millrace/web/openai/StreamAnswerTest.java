package io.millrace.web.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.web.error.ApiError;
import io.millrace.web.json.Json;
import io.millrace.web.json.Text;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class StreamAnswerTest {

    private final ByteArrayOutputStream out = new ByteArrayOutputStream();

    @Test
    void opensEachChoiceWithItsRoleAndClosesItWithItsReason() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 2, -1, ""), new ChatFormat());
        answer.text(new FlowEvent.Text(0, "a", List.of()));
        answer.text(new FlowEvent.Text(1, "b", List.of()));
        answer.text(new FlowEvent.Text(0, "c", List.of()));
        answer.done(new FlowEvent.ChoiceDone(1, FinishReason.LENGTH));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        answer.end(new FlowEvent.End(new Usage(1, 2, 0)));
        answer.writeTo(out);
        List<JsonNode> chunks = chunks(true);
        assertEquals(7, chunks.size());
        for (JsonNode chunk : chunks) {
            assertEquals("chatcmpl-1", chunk.get("id").textValue());
            assertEquals("chat.completion.chunk", chunk.get("object").textValue());
            assertFalse(chunk.has("usage"));
        }
        assertEquals("{\"role\":\"assistant\",\"content\":\"\"}", delta(chunks.get(0)));
        assertEquals("{\"content\":\"a\"}", delta(chunks.get(1)));
        assertEquals("{\"role\":\"assistant\",\"content\":\"\"}", delta(chunks.get(2)));
        assertEquals("{\"content\":\"c\"}", delta(chunks.get(4)));
        assertEquals("{}", delta(chunks.get(5)));
        assertEquals(1, choice(chunks.get(5)).get("index").intValue());
        assertEquals("length", choice(chunks.get(5)).get("finish_reason").textValue());
        assertEquals("stop", choice(chunks.get(6)).get("finish_reason").textValue());
        assertTrue(choice(chunks.get(1)).get("finish_reason").isNull());
    }

    @Test
    void tellsReasoningInAFieldOfItsOwn() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 1, -1, ""), new ChatFormat());
        answer.reasoning(new FlowEvent.Reasoning(0, "想一想\ud800"));
        answer.text(new FlowEvent.Text(0, "a", List.of()));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        answer.end(new FlowEvent.End(new Usage(1, 2, 0)));
        answer.writeTo(out);
        List<JsonNode> chunks = chunks(true);
        assertEquals(4, chunks.size());
        assertEquals("{\"reasoning_content\":\"想一想\ufffd\"}", delta(chunks.get(1)));
        assertEquals("{\"content\":\"a\"}", delta(chunks.get(2)));
    }

    @Test
    void aTextCompletionTellsNoReasoning() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 1, -1, ""), new CompletionFormat());
        answer.reasoning(new FlowEvent.Reasoning(0, "think"));
        answer.writeTo(out);
        assertEquals(0, out.size());
    }

    @Test
    void opensAChoiceThatEndsWithoutText() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 1, -1, ""), new ChatFormat());
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        answer.end(new FlowEvent.End(new Usage(1, 0, 0)));
        answer.writeTo(out);
        assertEquals("{\"role\":\"assistant\",\"content\":\"\"}", delta(chunks(true).getFirst()));
    }

    @Test
    void tellsTheUsageInAChunkOfItsOwnWhereItIsWanted() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, true, 1, -1, ""), new ChatFormat());
        answer.text(new FlowEvent.Text(0, "a", List.of()));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        answer.end(new FlowEvent.End(new Usage(10, 1, 4)));
        answer.writeTo(out);
        List<JsonNode> chunks = chunks(true);
        chunks.subList(0, chunks.size() - 1).forEach(chunk -> assertTrue(chunk.get("usage").isNull()));
        assertEquals(0, chunks.getLast().get("choices").size());
        JsonNode usage = chunks.getLast().get("usage");
        assertEquals(11, usage.get("total_tokens").intValue());
        assertEquals(4, usage.get("prompt_tokens_details").get("cached_tokens").intValue());
        assertEquals(4, usage.get("prompt_cache_hit_tokens").intValue());
        assertEquals(6, usage.get("prompt_cache_miss_tokens").intValue());
    }

    @Test
    void echoesThePromptOnceAndCountsItInTheOffsets() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 1, 0, "pre "), new CompletionFormat());
        answer.text(new FlowEvent.Text(0, "ab", List.of(token("a"), token("b"))));
        answer.text(new FlowEvent.Text(0, "c", List.of(token("c"))));
        answer.writeTo(out);
        List<JsonNode> chunks = chunks(false);
        assertEquals("pre ", choice(chunks.get(0)).get("text").textValue());
        assertEquals("[4,5]", choice(chunks.get(1)).get("logprobs").get("text_offset").toString());
        assertEquals("[6]", choice(chunks.get(2)).get("logprobs").get("text_offset").toString());
    }

    @Test
    void saysAnErrorInOneFrame() {
        String frame = new String(StreamAnswer.frame(ApiError.internal("x\n\ny")), StandardCharsets.UTF_8);
        assertTrue(frame.startsWith("data: {\"error\":{") && frame.indexOf("\n\n") == frame.length() - 2, frame);
    }

    @Test
    void keepsAliveWithACommentThatNoReaderTakesForData() throws IOException {
        StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, false, 1, -1, ""), new ChatFormat());
        answer.keepAlive();
        answer.writeTo(out);
        assertEquals(": keep-alive\n\n", out.toString(StandardCharsets.UTF_8));
    }

    @Property
    void writesAnyTextAsOneFrameOfValidJsonInValidUtf8(@ForAll String text, @ForAll @Size(max = 20) byte[] bytes, @ForAll float logprob) throws IOException {
        ByteArrayOutputStream written = new ByteArrayOutputStream();
        for (ChoiceFormat format : List.of(new ChatFormat(), new CompletionFormat())) {
            StreamAnswer answer = new StreamAnswer(Questions.call(null), Questions.question(true, true, 1, 1, ""), format);
            answer.text(new FlowEvent.Text(0, text, List.of(new TokenLogprob(bytes, logprob,
                    List.of(new TokenLogprob(bytes, logprob, List.of()), new TokenLogprob(bytes, Float.NaN, List.of()))))));
            written.reset();
            answer.writeTo(written);
            String frames = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(written.toByteArray())).toString();
            String[] each = frames.split("\n\n");
            assertEquals(format.hasOpening() ? 2 : 1, each.length);
            JsonNode choice = choice(Json.object(each[each.length - 1].substring("data: ".length()).getBytes(StandardCharsets.UTF_8)));
            String content = format.hasOpening() ? choice.get("delta").get("content").textValue() : choice.get("text").textValue();
            assertEquals(Text.writable(text), content);
        }
    }

    private List<JsonNode> chunks(boolean whole) {
        String text = out.toString(StandardCharsets.UTF_8);
        List<String> frames = new ArrayList<>(List.of(text.split("\n\n")));
        if (whole) {
            assertEquals("data: [DONE]", frames.removeLast());
        }
        return frames.stream().map(frame -> {
            assertTrue(frame.startsWith("data: ") && !frame.contains("\n"), frame);
            return (JsonNode) Json.object(frame.substring(6).getBytes(StandardCharsets.UTF_8));
        }).toList();
    }

    private static JsonNode choice(JsonNode chunk) {
        return chunk.get("choices").get(0);
    }

    private static String delta(JsonNode chunk) {
        return choice(chunk).get("delta").toString();
    }

    private static TokenLogprob token(String text) {
        return new TokenLogprob(text.getBytes(StandardCharsets.UTF_8), -1, List.of());
    }
}
