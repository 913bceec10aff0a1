package io.millrace.tests.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Two nodes see the same conversation, and a node that is killed with -9 takes no turn along that it had told its client of. */
class ClusterConversationsIT {

    private static final HttpClient HTTP = HttpClient.newHttpClient();

    @Test
    void aConversationOutlivesItsNode() throws Exception {
        try (Nodes nodes = new Nodes(MillraceServer.exact(Map.of()))) {
            String key = ClusterIT.key(nodes.a(), "{\"name\":\"any\"}");
            assertContext("NEW", 0, ask(nodes.a(), key, "My code is QX-4711."));
            assertContext("L1", 1, ask(nodes.a(), key, "And my town is Bern."));
            assertContext("L2", 2, ask(nodes.b(), key, "What is my code?"));
            assertContext("L2", 3, ask(nodes.a(), key, "And my town?"));
            assertContext("L1", 4, ask(nodes.a(), key, "Thank you."));
            nodes.a().kill();

            JsonNode after = ask(nodes.b(), key, "What is my code?");
            assertContext("L2", 5, after);
            assertTrue(after.at("/usage/prompt_tokens").asInt() > 60, "all that was said is in the prompt: " + after);
            nodes.restartA();
            assertContext("L2", 6, ask(nodes.a(), key, "And now?"));
        }
    }

    private static void assertContext(String tier, int turns, JsonNode answer) {
        assertEquals(tier + " " + turns, answer.at("/millrace/context/tier").asText() + " " + answer.at("/millrace/context/turns").asInt(), answer.toString());
    }

    private static JsonNode ask(MillraceServer node, String key, String text) throws Exception {
        ObjectNode body = Told.JSON.createObjectNode().put("conversation", "shared").put("temperature", 0).put("max_tokens", 8);
        body.putArray("messages").addObject().put("role", "user").put("content", text);
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.baseUrl() + "/chat/completions")).header("Authorization", "Bearer " + key)
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body.toString())).build();
        return Told.JSON.readTree(HTTP.send(request, HttpResponse.BodyHandlers.ofString()).body());
    }
}
