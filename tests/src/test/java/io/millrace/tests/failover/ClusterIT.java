package io.millrace.tests.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.ReturningClient;
import io.millrace.tests.upstream.Story;
import io.millrace.tests.upstream.UpstreamProcess;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.sql.Connection;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A node of two is killed with -9 in the middle of answers; their clients get the rest from the other one. */
class ClusterIT {

    private static final double WORDS_PER_SECOND = 60;
    private static final int WORDS = 400;
    private static final int TOKENS = 1200;
    private static final int AT_ONCE = 6;
    private static final String THINKERS = "Think, then tell of thinkers";

    private record Row(String outcome, String detail, int completionTokens, String route) {}

    @Test
    void aClientWhoseNodeDiedGetsTheRestOfItsAnswer() throws Exception {
        try (UpstreamProcess first = UpstreamProcess.start("a", WORDS_PER_SECOND); UpstreamProcess second = UpstreamProcess.start("b", WORDS_PER_SECOND);
             Nodes nodes = new Nodes(settings(first, second)); ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            String key = key(nodes.a(), "{\"name\":\"any\"}");
            ReturningClient whole = new ReturningClient(key, local(TOKENS)).read(nodes.b());
            assertTrue(whole.done(), "the engine in the process serves it: " + whole.error());
            anyNodeTellsIt(nodes, key);
            String limited = key(nodes.a(), "{\"name\":\"limited\", \"requests_per_minute\": 1}");
            assertEquals(200, new ReturningClient(limited, body("Count", 5)).read(nodes.a()).status());

            List<ReturningClient> stories = new ArrayList<>();
            List<Future<ReturningClient>> reading = new ArrayList<>();
            for (int i = 0; i < AT_ONCE; i++) {
                ReturningClient client = new ReturningClient(key, story("Tell number " + i, 1 + i % 2));
                stories.add(client);
                reading.add(clients.submit(() -> client.read(nodes.a())));
            }
            for (ReturningClient client : stories) {
                assertTrue(client.awaitText(), "is being told a story");
            }
            ReturningClient moved = new ReturningClient(key, body("Tell of movers", WORDS)).read(nodes.a(), 20).read(nodes.b(), 60);
            Future<ReturningClient> following = clients.submit(() -> moved.read(nodes.b()));
            ReturningClient thinker = new ReturningClient(key, body(THINKERS, WORDS)).read(nodes.a(), 60).read(nodes.b(), 120);
            // last, since the engine in the process is the fastest to come to its end
            ReturningClient engine = new ReturningClient(key, local(TOKENS));
            reading.add(clients.submit(() -> engine.read(nodes.a())));
            assertTrue(engine.awaitText(), "hears the engine in the process");
            nodes.a().kill();
            for (Future<ReturningClient> each : reading) {
                assertFalse(each.get().done(), "was cut off in the middle: " + each.get().whole());
            }
            int seam = engine.text().length();
            long killed = System.nanoTime();
            ReturningClient beyond = new ReturningClient(limited, body("Count", 5)).read(nodes.b());
            assertEquals(429, beyond.status(), "what was used on a node that died is used");
            assertTrue(beyond.error().get("message").asText().contains("1 requests per minute"), beyond.error().toString());
            List<Future<ReturningClient>> coming = new ArrayList<>();
            stories.forEach(client -> coming.add(clients.submit(() -> client.read(nodes.b()))));
            coming.add(clients.submit(() -> engine.read(nodes.b())));
            for (Future<ReturningClient> each : coming) {
                assertTrue(each.get().done(), each.get().status() + " " + each.get().error());
            }
            System.out.println("all have their answers " + TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - killed) + " ms after the kill");

            assertEquals(whole.whole(), engine.whole(), "cut off after " + seam + " characters");
            if (!following.get().done()) {
                moved.read(nodes.b());
            }
            Map<String, Row> audit = audit(nodes);
            assertEquals(Story.ofChat("Tell of movers").words(WORDS), moved.text());
            assertRecorded(audit.get(moved.callId()), WORDS);
            assertTrue(thinker.text().isEmpty(), "the node died while it thought");
            thinker.read(nodes.b());
            assertTrue(thinker.done(), () -> thinker.status() + " " + thinker.error());
            assertEquals(Story.thoughts(THINKERS), thinker.reasoning(), "the region that thought anew is not told twice");
            assertEquals(Story.ofChat(THINKERS).words(WORDS), thinker.text());
            for (int i = 0; i < AT_ONCE; i++) {
                ReturningClient client = stories.get(i);
                for (int choice = 0; choice < 1 + i % 2; choice++) {
                    assertEquals(Story.ofChat("Tell number " + i).words(WORDS), client.text(choice));
                }
                assertRecorded(audit.get(client.callId()), WORDS * (1 + i % 2));
                assertEquals(WORDS * (1 + i % 2), client.usage().get("completion_tokens").asInt());
            }
            assertRecorded(audit.get(engine.callId()), whole.usage().get("completion_tokens").asInt());
        }
    }

    /** A client that goes from node to node while its answer is made. */
    private static void anyNodeTellsIt(Nodes nodes, String key) throws Exception {
        ReturningClient client = new ReturningClient(key, body("Tell of others", WORDS)).read(nodes.a(), 20);
        for (int characters = 300; characters <= 900; characters += 300) {
            client.read(characters == 600 ? nodes.a() : nodes.b(), characters);
            assertNull(client.error(), () -> client.status() + " " + client.error());
            assertFalse(client.done(), "is in the middle of it");
        }
        ReturningClient other = client.as(key, body("Tell of others!", WORDS)).read(nodes.b());
        assertEquals("request_differs", other.error().get("code").asText());
        client.read(nodes.b());
        assertTrue(client.done(), () -> client.status() + " " + client.error());
        assertEquals(Story.ofChat("Tell of others").words(WORDS), client.text());
        Row row = audit(nodes).get(client.callId());
        assertEquals("ok", row.outcome);
        assertEquals(WORDS, row.completionTokens);
        assertFalse(row.route.contains("node_lost"), row.route);
    }

    static String key(MillraceServer node, String wanted) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(URI.create(node.address() + "/admin/keys")).header("Authorization", "Bearer " + node.operatorToken())
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(wanted)).build();
        try (HttpClient http = HttpClient.newHttpClient()) {
            String body = http.send(request, HttpResponse.BodyHandlers.ofString()).body();
            return Told.JSON.readTree(body).get("secret").asText();
        }
    }

    private static void assertRecorded(Row row, int tokens) {
        assertEquals("ok", row.outcome);
        assertEquals(tokens, row.completionTokens, row.toString());
        assertTrue(row.route.contains("\"why\":\"node_lost\""), row.route);
    }

    private static Map<String, String> settings(UpstreamProcess first, UpstreamProcess second) {
        Map<String, String> settings = new HashMap<>(Map.of("MILLRACE_REGIONS", "a,b,local", "MILLRACE_REGION_A_URL", first.baseUrl(),
                "MILLRACE_REGION_B_URL", second.baseUrl(), "MILLRACE_REGION_A_DIALECT", "llama", "MILLRACE_REGION_B_DIALECT", "llama",
                "MILLRACE_REGION_LOCAL_URL", "embedded"));
        return MillraceServer.exact(settings);
    }

    private static ObjectNode story(String prompt, int choices) {
        return body(prompt, WORDS).put("n", choices);
    }

    /** For the engine in the process, to its last token: the small model's markers are banned. */
    private static ObjectNode local(int tokens) {
        ObjectNode body = body("Tell of engines", tokens).put("model", "llama-tiny (random weights)").put("temperature", 1).put("seed", 7);
        ObjectNode bias = body.putObject("logit_bias");
        for (int marker = 508; marker < 512; marker++) {
            bias.put(Integer.toString(marker), -100);
        }
        return body;
    }

    private static ObjectNode body(String prompt, int tokens) {
        ObjectNode body = Told.JSON.createObjectNode().put("temperature", 0).put("max_tokens", tokens);
        body.putArray("messages").addObject().put("role", "user").put("content", prompt);
        return body;
    }

    private static Map<String, Row> audit(Nodes nodes) throws Exception {
        Map<String, Row> rows = new HashMap<>();
        try (Connection database = nodes.postgres().getPostgresDatabase().getConnection();
             ResultSet all = database.createStatement().executeQuery("select call_id, outcome, detail, completion_tokens, route from audit_call")) {
            while (all.next()) {
                rows.put(all.getString(1), new Row(all.getString(2), all.getString(3), all.getInt(4), all.getString(5)));
            }
        }
        return rows;
    }
}
