package io.millrace.web.openai;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.web.json.Json;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.Test;

class WholeAnswerTest {

    @Test
    void putsThePiecesOfEachChoiceTogether() throws IOException {
        WholeAnswer answer = new WholeAnswer(Questions.call(null), Questions.question(false, false, 2, -1, ""), new ChatFormat());
        answer.text(new FlowEvent.Text(1, "b", List.of()));
        answer.text(new FlowEvent.Text(0, "a", List.of()));
        answer.text(new FlowEvent.Text(1, "\ud83d\ude00", List.of()));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        answer.done(new FlowEvent.ChoiceDone(1, FinishReason.LENGTH));
        JsonNode json = Json.object(answer.json(new Usage(3, 4, 2)));
        assertEquals("chat.completion", json.get("object").textValue());
        assertEquals("a", json.at("/choices/0/message/content").textValue());
        assertEquals("b\ud83d\ude00", json.at("/choices/1/message/content").textValue());
        assertEquals("assistant", json.at("/choices/1/message/role").textValue());
        assertEquals("length", json.at("/choices/1/finish_reason").textValue());
        assertEquals(3, json.at("/usage/prompt_tokens").intValue());
        assertEquals(json.at("/usage/prompt_tokens").intValue(),
                json.at("/usage/prompt_cache_hit_tokens").intValue() + json.at("/usage/prompt_cache_miss_tokens").intValue());
    }

    @Test
    void writesLogProbabilitiesWithTheirBytesAndNoInfinity() throws IOException {
        WholeAnswer answer = new WholeAnswer(Questions.call(null), Questions.question(false, false, 1, 1, ""), new ChatFormat());
        TokenLogprob half = new TokenLogprob(new byte[] {(byte) 0xe4, (byte) 0xbd}, Float.NEGATIVE_INFINITY, List.of());
        answer.text(new FlowEvent.Text(0, "x", List.of(new TokenLogprob(new byte[] {'x'}, -0.5f, List.of(half)))));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        JsonNode token = Json.object(answer.json(new Usage(1, 1, 0))).at("/choices/0/logprobs/content/0");
        assertEquals("x", token.get("token").textValue());
        assertEquals(-0.5, token.get("logprob").doubleValue());
        assertEquals("[120]", token.get("bytes").toString());
        assertEquals("bytes:\\xe4\\xbd", token.at("/top_logprobs/0/token").textValue());
        assertEquals("[228,189]", token.at("/top_logprobs/0/bytes").toString());
        assertEquals(-9999, token.at("/top_logprobs/0/logprob").doubleValue());
    }

    @Test
    void tellsReasoningBesideTheAnswer() throws IOException {
        WholeAnswer answer = new WholeAnswer(Questions.call(null), Questions.question(false, false, 1, -1, ""), new ChatFormat());
        answer.reasoning(new FlowEvent.Reasoning(0, "I "));
        answer.reasoning(new FlowEvent.Reasoning(0, "think"));
        answer.text(new FlowEvent.Text(0, "so", List.of()));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        JsonNode message = Json.object(answer.json(new Usage(1, 2, 0))).at("/choices/0/message");
        assertEquals("I think", message.get("reasoning_content").textValue());
        assertEquals("so", message.get("content").textValue());
    }

    @Test
    void writesTextCompletionsWithTheEchoedPrompt() throws IOException {
        WholeAnswer answer = new WholeAnswer(Questions.call(null), Questions.question(false, false, 1, -1, "pre "), new CompletionFormat());
        answer.text(new FlowEvent.Text(0, "a", List.of()));
        answer.done(new FlowEvent.ChoiceDone(0, FinishReason.STOP));
        JsonNode json = Json.object(answer.json(new Usage(1, 1, 0)));
        assertEquals("text_completion", json.get("object").textValue());
        assertEquals("pre a", json.at("/choices/0/text").textValue());
        assertTrue(json.at("/choices/0/logprobs").isNull());
    }
}
