package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.connector.gguf.SeedModel;
import io.millrace.tests.Metrics;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What lanes, pauses and shared beginnings promise, on a running server. It computes in 32 bits, so texts compare. */
class ServingIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int SLOTS = 32;
    private static final int CHOICES = 16;
    private static final int BACKGROUND_LANE = 2;
    private static final int LONG = 400;
    /** Words of the long beginning; each takes at least one token. */
    private static final int WORDS = 100;

    @TempDir
    static Path folder;
    private static MillraceServer server;

    @BeforeAll
    static void start() throws IOException {
        Path model = folder.resolve("exact.gguf");
        SeedModel.write(model, "llama-tiny", "F32", 1);
        server = MillraceServer.start(folder.resolve("data"), model, MillraceServer.exact(Map.of("MILLRACE_BATCH_LEAST",
                Integer.toString(SLOTS), "MILLRACE_LANES_RESERVED", "0", "MILLRACE_LANES_P2", Integer.toString(BACKGROUND_LANE))));
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    void criticalRequestsGetThroughWhileBulkHoldsAllSlotsAndBulkSaysWhatItSaysAlone() throws Exception {
        Client client = new Client(server);
        List<List<String>> alone = List.of(texts(client.chat(bulk(0))), texts(client.chat(bulk(1))));
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            double before = pauses();
            List<Future<Reply>> bulk = new ArrayList<>();
            for (int i = 0; i < alone.size(); i++) {
                ObjectNode body = bulk(i);
                bulk.add(clients.submit(() -> client.chat(body)));
            }
            Until.is("bulk holds all slots", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == SLOTS);
            for (int i = 0; i < 3; i++) {
                Reply critical = client.chat(Client.endless("urgent " + i, 4).put("priority", "P0"));
                assertEquals(200, critical.status(), critical.body());
                assertTrue(bulk.stream().noneMatch(Future::isDone), "bulk was over before the critical request was");
            }
            assertTrue(pauses() > before, "all slots were taken, so somebody must have been paused");
            for (int i = 0; i < alone.size(); i++) {
                assertEquals(alone.get(i), texts(bulk.get(i).get()));
            }
        }
    }

    @Test
    void aLongBeginningIsFoundByTheSameUserOfTheSameKeyOnly() {
        Client client = new Client(server);
        String beginning = "the water of the mill ".repeat(WORDS / 5);
        assertEquals(0, cached(client, beginning + "first", "ann"));
        int found = cached(client, beginning + "second", "ann");
        assertTrue(found >= WORDS, "the second request found " + found + " tokens");
        assertEquals(0, cached(client, beginning + "third", "bob"), "another user");
        Client operator = new Client(server.address(), server.operatorToken());
        Client other = new Client(server.address(), operator.send("POST", "/admin/keys",
                "{\"name\":\"other\"}".getBytes(StandardCharsets.UTF_8)).json().get("secret").asText());
        assertEquals(0, cached(other, beginning + "fourth", "ann"), "another key");
    }

    @Test
    void whoFindsTheLaneFullHearsWhenToComeBack() throws Exception {
        Client client = new Client(server);
        try (Wire first = Wire.to(server); Wire second = Wire.to(server); Wire third = Wire.to(server); Wire fourth = Wire.to(server)) {
            for (Wire wire : List.of(first, second)) {
                wire.send(Wire.chat(server, Client.endless("long", 1900).put("n", CHOICES).put("stream", true)));
            }
            Until.is("the slots are taken", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == SLOTS);
            for (Wire wire : List.of(third, fourth)) {
                wire.send(Wire.chat(server, Client.endless("waits", 4).put("priority", "P2")));
            }
            Until.is("the lane is full", PATIENCE, () -> Gauges.of(server), gauges -> gauges.waiting() == BACKGROUND_LANE);
            Reply refused = client.chat(Client.greedy("one too many", 4).put("priority", "P2"));
            assertEquals(429, refused.status(), refused.body());
            assertNotEquals(null, refused.header("Retry-After"));
            assertTrue(Integer.parseInt(refused.header("Retry-After")) >= 1, refused.header("Retry-After"));
        }
        Until.is("nothing is left", PATIENCE, () -> Gauges.of(server), Gauges::idle);
    }

    /** Sixteen answers of which each is drawn with a seed of its own. */
    private static ObjectNode bulk(int number) {
        return Client.endless("bulk " + number, LONG).put("n", CHOICES).put("temperature", 0.9).put("seed", 7 + number)
                .put("priority", "P3");
    }

    private static List<String> texts(Reply reply) {
        assertEquals(200, reply.status(), reply.body());
        List<String> texts = new ArrayList<>();
        for (JsonNode choice : reply.json().get("choices")) {
            texts.add(choice.at("/message/content").asText());
        }
        assertEquals(CHOICES, texts.size());
        return texts;
    }

    private static int cached(Client client, String content, String user) {
        Reply reply = client.chat(Client.greedy(content, 4).put("user", user));
        assertEquals(200, reply.status(), reply.body());
        return reply.json().at("/usage/prompt_tokens_details/cached_tokens").asInt();
    }

    private static double pauses() {
        return Metrics.value(new Client(server.address(), null).get("/metrics").body(), "millrace_batch_pauses");
    }
}
