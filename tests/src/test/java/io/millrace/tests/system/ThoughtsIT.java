package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

/** The small model thinks where a grammar makes it. */
class ThoughtsIT {

    private static final String GRAMMAR = "root ::= \"<think>\\nThe user < </thin\\n</think>\\n\\nYes.\"";

    private final Client client = new Client(ExactServer.shared());

    private static ObjectNode thinker() {
        return Client.greedy("Is it a mill?", 64).put("grammar", GRAMMAR);
    }

    @Test
    void thoughtsAreNoPartOfTheAnswer() {
        JsonNode answer = client.chat(thinker()).json();
        assertEquals("Yes.", answer.at("/choices/0/message/content").asText());
        assertEquals("The user < </thin", answer.at("/choices/0/message/reasoning_content").asText());
        int thought = answer.at("/usage/completion_tokens_details/reasoning_tokens").asInt();
        assertTrue(thought > 3 && thought < answer.at("/usage/completion_tokens").asInt(), answer.toString());
    }

    @Test
    void theirStreamComesBeforeTheAnswers() {
        StringBuilder thoughts = new StringBuilder();
        StringBuilder text = new StringBuilder();
        for (JsonNode event : events(client.chat(thinker().put("stream", true)).body())) {
            JsonNode delta = event.at("/choices/0/delta");
            assertTrue(text.isEmpty() || delta.path("reasoning_content").asText("").isEmpty(), "no thought after the answer has begun");
            thoughts.append(delta.path("reasoning_content").asText(""));
            text.append(delta.path("content").asText(""));
        }
        assertEquals("The user < </thin", thoughts.toString());
        assertEquals("Yes.", text.toString());
    }

    private static List<JsonNode> events(String body) {
        return body.lines().filter(line -> line.startsWith("data: {")).map(line -> {
            try {
                return Client.JSON.readTree(line.substring("data: ".length()));
            } catch (JsonProcessingException e) {
                throw new IllegalStateException(line, e);
            }
        }).toList();
    }

    /** A stop string ends answers, not thoughts; log probabilities are the answer's. */
    @Test
    void whatIsAskedOfTheAnswerIsNotAskedOfThoughts() {
        JsonNode answer = client.chat(thinker().put("stop", "user").put("logprobs", true)).json();
        assertEquals("Yes.", answer.at("/choices/0/message/content").asText());
        StringBuilder tokens = new StringBuilder();
        answer.at("/choices/0/logprobs/content").forEach(each -> tokens.append(each.get("token").asText()));
        assertEquals("Yes.", tokens.toString());
    }

    @Test
    void anAnswerThatHasNoTokensLeftForMoreThanThoughtsIsEmpty() {
        JsonNode answer = client.chat(thinker().put("max_tokens", 14)).json();
        assertEquals("length", answer.at("/choices/0/finish_reason").asText());
        assertEquals("", answer.at("/choices/0/message/content").asText());
        String thoughts = answer.at("/choices/0/message/reasoning_content").asText();
        assertTrue(!thoughts.isEmpty() && "The user < </thin".startsWith(thoughts), answer.toString());
        assertEquals(14, answer.at("/usage/completion_tokens").asInt());
    }
}
