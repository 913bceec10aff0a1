package io.millrace.tests.system;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.Iterator;
import java.util.stream.Stream;

/** A client without comfort: sends what it is told and shows everything that comes back. Thread-safe. */
final class Client {

    static final String CHAT = "/v1/chat/completions";
    static final ObjectMapper JSON = new ObjectMapper();

    /** The small model's. */
    static final int CONTEXT = 2048;
    private static final int FIRST_MARKER = 508;
    private static final int VOCABULARY = 512;

    private static final Duration PATIENCE = Duration.ofSeconds(60);
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofSeconds(10)).build();

    private final String address;
    private final String key;

    Client(MillraceServer server) {
        this(server.address(), server.key());
    }

    Client(String address, String key) {
        this.address = address;
        this.key = key;
    }

    /** An answer that has come whole. */
    record Reply(int status, HttpHeaders headers, String body, Duration took) {

        JsonNode json() {
            try {
                return JSON.readTree(body);
            } catch (IOException e) {
                throw new UncheckedIOException("status " + status + ", not JSON: " + body, e);
            }
        }

        String text() {
            return json().at("/choices/0/message/content").asText();
        }

        String code() {
            return json().at("/error/code").asText();
        }

        String header(String name) {
            return headers.firstValue(name).orElse(null);
        }
    }

    /**
     * What a reader of a stream got.
     *
     * @param callId null when the server didn't say
     * @param usage  null when none was asked for
     * @param done   whether {@code [DONE]} came: to the client, the answer is whole
     * @param error  the error object that came instead, or null
     */
    record Streamed(int status, String callId, String text, String finish, JsonNode usage, boolean done, JsonNode error) {

        /** What doesn't depend on which call it was, nor on how the text was cut into frames, nor on what came before. */
        String content() {
            return text + '|' + finish + '|' + usage.get("prompt_tokens") + '+' + usage.get("completion_tokens") + '|' + done;
        }
    }

    Reply chat(ObjectNode body) {
        return send("POST", CHAT, body.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8));
    }

    Reply get(String path) {
        return send("GET", path, null);
    }

    /** Sends a body of JSON; null: none. */
    Reply json(String method, String path, ObjectNode body, String... headers) {
        return send(method, path, body == null ? null : body.toString().getBytes(java.nio.charset.StandardCharsets.UTF_8), headers);
    }

    /** @param headers names and values by turns */
    Reply send(String method, String path, byte[] body, String... headers) {
        HttpRequest.BodyPublisher publisher = body == null ? HttpRequest.BodyPublishers.noBody()
                : HttpRequest.BodyPublishers.ofByteArray(body);
        HttpRequest.Builder request = builder(path).method(method, publisher);
        if (headers.length > 0) {
            request.headers(headers);
        }
        long start = System.nanoTime();
        try {
            HttpResponse<String> response = HTTP.send(request.build(), HttpResponse.BodyHandlers.ofString());
            return new Reply(response.statusCode(), response.headers(), response.body(), Duration.ofNanos(System.nanoTime() - start));
        } catch (IOException e) {
            throw new UncheckedIOException(method + " " + path, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /** Streams; a broken connection shows as not {@code done}. */
    Streamed stream(ObjectNode body) {
        body.put("stream", true).putObject("stream_options").put("include_usage", true);
        HttpRequest request = builder(CHAT).POST(HttpRequest.BodyPublishers.ofString(body.toString())).build();
        try {
            HttpResponse<Stream<String>> response = HTTP.send(request, HttpResponse.BodyHandlers.ofLines());
            try (Stream<String> lines = response.body()) {
                return read(response, lines.iterator());
            }
        } catch (IOException e) {
            return new Streamed(0, null, "", null, null, false, null);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private static Streamed read(HttpResponse<?> response, Iterator<String> lines) throws IOException {
        StringBuilder text = new StringBuilder();
        String finish = null;
        JsonNode usage = null;
        JsonNode error = null;
        boolean done = false;
        String callId = response.headers().firstValue("X-Request-Id").orElse(null);
        try {
            while (lines.hasNext()) {
                String line = lines.next();
                if (line.equals("data: [DONE]")) {
                    done = true;
                } else if (line.startsWith("data: ") || response.statusCode() != 200 && line.startsWith("{")) {
                    JsonNode frame = JSON.readTree(line.substring(line.indexOf('{')));
                    error = frame.has("error") ? frame.get("error") : error;
                    usage = frame.hasNonNull("usage") ? frame.get("usage") : usage;
                    JsonNode choice = frame.at("/choices/0");
                    finish = choice.hasNonNull("finish_reason") ? choice.get("finish_reason").asText() : finish;
                    text.append(choice.at("/delta/content").asText(""));
                }
            }
        } catch (UncheckedIOException e) {
            // broken off: what came so far tells
        }
        return new Streamed(response.statusCode(), callId, text.toString(), finish, usage, done, error);
    }

    private HttpRequest.Builder builder(String path) {
        HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(address + path)).timeout(PATIENCE)
                .header("Content-Type", "application/json");
        return key == null ? request : request.header("Authorization", "Bearer " + key);
    }

    /** A chat whose answer is the same each time: temperature 0. */
    static ObjectNode greedy(String content, int maxTokens) {
        ObjectNode body = JSON.createObjectNode().put("temperature", 0).put("max_tokens", maxTokens);
        ArrayNode messages = body.putArray("messages");
        messages.addObject().put("role", "user").put("content", content);
        return body;
    }

    /** A greedy chat that goes on to its last token: the small model's markers, one of which would end it, are banned. */
    static ObjectNode endless(String content, int maxTokens) {
        ObjectNode body = greedy(content, maxTokens);
        ObjectNode bias = body.putObject("logit_bias");
        for (int marker = FIRST_MARKER; marker < VOCABULARY; marker++) {
            bias.put(Integer.toString(marker), -100);
        }
        return body;
    }
}
