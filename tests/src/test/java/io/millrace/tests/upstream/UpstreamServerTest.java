package io.millrace.tests.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class UpstreamServerTest {

    private static UpstreamProcess upstream;

    @BeforeAll
    static void start() throws IOException {
        upstream = UpstreamProcess.start("a", 2_000);
    }

    @AfterAll
    static void stop() {
        upstream.close();
    }

    @Test
    void tellsItsStoryStreamedAndPlain() throws Exception {
        String story = Story.ofChat("tell").words(200);
        List<JsonNode> events = stream(chat("tell").put("stream", true));
        assertEquals(story, text(events));
        assertEquals("stop", events.getLast().at("/choices/0/finish_reason").asText());
        JsonNode whole = Asked.JSON.readTree(send(chat("tell")).body());
        assertEquals(story, whole.at("/choices/0/message/content").asText());
        assertEquals(200, whole.at("/usage/completion_tokens").asInt());
        assertEquals(2, whole.at("/usage/prompt_tokens").asInt());
    }

    @Test
    void goesOnExactlyWhereItsClientStands() throws Exception {
        Story story = Story.ofChat("tell on");
        String said = story.words(120);
        ObjectNode asked = chat("tell on").put("stream", true).put("max_tokens", 30);
        asked.withArray("messages").addObject().put("role", "assistant").put("content", said);
        List<JsonNode> events = stream(asked);
        assertEquals(story.words(150), said + text(events));
        assertEquals("length", events.getLast().at("/choices/0/finish_reason").asText());
        UpstreamProcess.Taken taken = upstream.requests().getLast();
        assertTrue(taken.continuation());
        assertEquals(120, taken.said());
        assertEquals("finished", taken.ending());
    }

    @Test
    void refusesABeginningThatIsNotItsOwn() throws Exception {
        ObjectNode asked = chat("tell twice");
        String said = Story.ofChat("tell twice").words(20);
        asked.withArray("messages").addObject().put("role", "assistant").put("content", said + said.substring(said.lastIndexOf(' ')));
        HttpResponse<String> refused = send(asked);
        assertEquals(400, refused.statusCode(), refused.body());
        assertEquals(-1, upstream.requests().getLast().said());
    }

    @Test
    void goesOnInTokensAndInARawPrompt() throws Exception {
        Story story = Story.ofChat("in tokens");
        ObjectNode asked = chat("in tokens").put("stream", true).put("max_tokens", 5);
        asked.putObject("millrace").putArray("said").add(story.token(0)).add(story.token(1));
        assertEquals(story.words(7), story.words(2) + text(stream(asked)));
        Story raw = Story.of("Once");
        ObjectNode completion = Asked.JSON.createObjectNode().put("prompt", "Once" + raw.words(10)).put("max_tokens", 5);
        JsonNode whole = Asked.JSON.readTree(send("/v1/completions", completion).body());
        assertEquals(raw.words(15), raw.words(10) + whole.at("/choices/0/text").asText());
    }

    @Test
    void endsBeforeAStopString() throws Exception {
        String story = Story.ofChat("stop").words(200);
        String stop = story.substring(301, 306);
        List<JsonNode> events = stream(chat("stop").put("stream", true).put("stop", stop));
        assertEquals(story.substring(0, story.indexOf(stop)), text(events));
        assertEquals("stop", events.getLast().at("/choices/0/finish_reason").asText());
    }

    @ParameterizedTest
    @EnumSource
    void faultsHappenWhereTheyAreArmed(Fault.Kind kind) throws Exception {
        String prompt = "break by " + kind;
        upstream.arm(new Fault(kind, 20, prompt));
        switch (kind) {
            case RESET, TRICKLE, SILENCE -> assertThrows(IOException.class, () -> send(chat(prompt).put("stream", true)));
            case STATUS500, CLOSE -> assertFalse(send(chat(prompt).put("stream", true)).body().contains("[DONE]"));
            case GARBAGE -> assertEquals(199, send(chat(prompt).put("stream", true)).body().lines()
                    .filter(line -> line.contains("\"content\":\"") && line.endsWith("}")).count(), "one word is missing");
        }
        UpstreamProcess.Happened happened = upstream.faults().getLast();
        assertEquals(kind, happened.kind());
        assertEquals(20, happened.given());
        assertEquals(200, send(chat(prompt).put("max_tokens", 3)).statusCode(), "only once");
    }

    @Test
    void comesBackAfterAKillAndAfterAStop() throws Exception {
        upstream.pause();
        assertThrows(IOException.class, () -> send(chat("stopped").put("max_tokens", 1)));
        upstream.resume();
        assertEquals(200, send(chat("goes on").put("max_tokens", 1)).statusCode());
        upstream.kill();
        assertThrows(IOException.class, () -> send(chat("killed").put("max_tokens", 1)));
        upstream.restart();
        assertEquals(200, send(chat("again").put("max_tokens", 1)).statusCode());
    }

    private static ObjectNode chat(String message) {
        ObjectNode body = Asked.JSON.createObjectNode();
        body.putArray("messages").addObject().put("role", "user").put("content", message);
        return body;
    }

    private static List<JsonNode> stream(ObjectNode body) throws Exception {
        return send(body).body().lines().filter(line -> line.startsWith("data: {")).map(line -> read(line.substring(6))).toList();
    }

    private static String text(List<JsonNode> events) {
        StringBuilder text = new StringBuilder();
        events.forEach(event -> text.append(event.at("/choices/0/delta/content").asText("")));
        return text.toString().replace("null", "");
    }

    private static JsonNode read(String json) {
        try {
            return Asked.JSON.readTree(json);
        } catch (IOException e) {
            throw new IllegalStateException(json, e);
        }
    }

    private static HttpResponse<String> send(ObjectNode body) throws Exception {
        return send("/v1/chat/completions", body);
    }

    /** One client each: a broken connection is not the next request's affair. The time is that of all of the answer. */
    private static HttpResponse<String> send(String path, ObjectNode body) throws Exception {
        HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        try {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + upstream.port() + path))
                    .POST(HttpRequest.BodyPublishers.ofString(body.toString())).build();
            return client.sendAsync(request, HttpResponse.BodyHandlers.ofString()).get(2, TimeUnit.SECONDS);
        } catch (TimeoutException | ExecutionException e) {
            throw new IOException(e);
        } finally {
            client.shutdownNow();
        }
    }
}
