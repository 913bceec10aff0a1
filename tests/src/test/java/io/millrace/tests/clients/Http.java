package io.millrace.tests.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/** No client at all, to see every byte of an answer. Thread-safe. */
record Http(MillraceServer server, String key, HttpClient client) {

    static final String DONE = "[DONE]";
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final String DATA = "data: ";
    private static final HttpClient HTTP_1 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final HttpClient HTTP_2 = HttpClient.newBuilder().version(HttpClient.Version.HTTP_2).build();

    Http(MillraceServer server, String key) {
        this(server, key, HTTP_1);
    }

    /** The same with an offer to go on in HTTP/2. */
    Http offeringHttp2() {
        return new Http(server, key, HTTP_2);
    }

    /** The first user message of a chat that answers the same each time. */
    static ObjectNode chat(String content) {
        ObjectNode body = greedy();
        body.putArray("messages").addObject().put("role", "user").put("content", content);
        return body;
    }

    static ObjectNode completion(String prompt) {
        return greedy().put("prompt", prompt);
    }

    private static ObjectNode greedy() {
        return JSON.createObjectNode().put("temperature", 0).put("max_tokens", 24);
    }

    HttpResponse<String> get(String path) throws IOException, InterruptedException {
        return client.send(request(path).build(), BodyHandlers.ofString());
    }

    HttpResponse<String> post(String path, JsonNode body) throws IOException, InterruptedException {
        return client.send(request(path).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())).build(), BodyHandlers.ofString());
    }

    /** Posts and leaves the answer to be read by the caller. */
    InputStream open(String path, JsonNode body) throws IOException, InterruptedException {
        return client.send(request(path).header("Content-Type", "application/json")
                .POST(BodyPublishers.ofString(body.toString())).build(), BodyHandlers.ofInputStream()).body();
    }

    private HttpRequest.Builder request(String path) {
        return HttpRequest.newBuilder(URI.create(server.address() + path)).timeout(Duration.ofSeconds(60))
                .header("Authorization", "Bearer " + key);
    }

    static JsonNode json(HttpResponse<String> response) throws IOException {
        return JSON.readTree(response.body());
    }

    /**
     * The chunks of a stream that consists of nothing but frames of one line of data, the last of which is the mark of
     * the end.
     */
    static List<JsonNode> chunks(HttpResponse<String> response) throws IOException {
        List<JsonNode> chunks = new ArrayList<>();
        String rest = response.body();
        while (!rest.equals(DATA + DONE + "\n\n")) {
            int end = rest.indexOf("\n\n");
            String frame = rest.substring(0, Math.max(0, end));
            if (!frame.startsWith(DATA) || frame.contains("\n") || frame.contains("\r")) {
                throw new AssertionError("not a frame of one line of data, or no end: " + rest);
            }
            chunks.add(JSON.readTree(frame.substring(DATA.length())));
            rest = rest.substring(end + 2);
        }
        return chunks;
    }
}
