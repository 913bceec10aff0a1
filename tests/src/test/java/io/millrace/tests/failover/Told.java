package io.millrace.tests.failover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.KeptConnection;
import io.millrace.tests.KeptConnection.Reply;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;

/**
 * What a client was told on one stream.
 *
 * @param done   whether {@code [DONE]} came
 * @param clean  whether the answer's HTTP came to its proper end
 * @param error  the error object that came, or null
 * @param ids    all ids that its chunks had
 * @param usage  null: none came
 * @param callId null where not even a head came
 */
record Told(String callId, int status, String text, String finish, JsonNode usage, boolean done, boolean clean, JsonNode error,
            Set<String> ids, long sentNanos, long endNanos) {

    static final ObjectMapper JSON = new ObjectMapper();
    private static final int PATIENCE_MS = 60_000;

    /** Asks for a chat of one user message and listens to its end. */
    static Told ask(MillraceServer server, String prompt, int maxTokens) throws IOException {
        ObjectNode body = JSON.createObjectNode().put("temperature", 0).put("max_tokens", maxTokens).put("stream", true);
        body.putObject("stream_options").put("include_usage", true);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        try (KeptConnection connection = new KeptConnection(server.port(), PATIENCE_MS)) {
            return read(connection.send(connection.request("/v1/chat/completions", "Authorization: Bearer " + server.key() + "\r\n", body.toString())));
        }
    }

    private static Told read(Reply reply) throws IOException {
        StringBuilder text = new StringBuilder();
        Set<String> ids = new HashSet<>();
        String finish = null;
        JsonNode usage = null;
        JsonNode error = null;
        boolean done = false;
        for (String line : reply.text().split("\n")) {
            if (line.equals("data: [DONE]")) {
                done = true;
            } else if (line.startsWith("data: {") || line.startsWith("{")) {
                JsonNode chunk = JSON.readTree(line.substring(line.indexOf('{')));
                JsonNode choice = chunk.at("/choices/0");
                text.append(choice.at("/delta/content").isTextual() ? choice.at("/delta/content").asText() : "");
                finish = choice.path("finish_reason").isTextual() ? choice.path("finish_reason").asText() : finish;
                usage = chunk.hasNonNull("usage") ? chunk.get("usage") : usage;
                error = chunk.hasNonNull("error") ? chunk.get("error") : error;
                if (chunk.hasNonNull("id")) {
                    ids.add(chunk.get("id").asText());
                }
            }
        }
        return new Told(reply.header("X-Request-Id"), reply.status(), text.toString(), finish, usage, done, reply.clean(), error, ids,
                reply.sentNanos(), reply.endNanos());
    }

    /** Whether to its client it is a whole answer. */
    boolean whole() {
        return status == 200 && done && clean && error == null && finish != null;
    }
}
