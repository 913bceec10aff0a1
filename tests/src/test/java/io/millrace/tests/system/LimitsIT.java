package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** What one key may use, on the shared server; each test has keys of its own. */
class LimitsIT {

    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final Client OPERATOR = new Client(SERVER.address(), SERVER.operatorToken());
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
    private static final int CLIENTS = 64;

    private record Key(String id, Client client, String secret) {}

    /** Elsewhere 663 tokens went through a limit of 100 that way (litellm #18730). */
    @Test
    void sixtyFourClientsAtOnceNeverGetOneTokenTooMany() throws Exception {
        awaitAQuietMidnight();
        for (int round = 0; round < 5; round++) {
            Key key = key("\"tokens_per_day\": 100");
            List<Reply> replies = atOnce(number -> key.client.chat(number % 3 == 0 ? unnamed("Hi") : Client.greedy("Hi", 1 + number % 7)));
            int used = 0;
            for (Reply reply : replies) {
                if (reply.status() == 200) {
                    used += reply.json().at("/usage/total_tokens").asInt();
                } else {
                    assertLimited(reply);
                }
            }
            System.out.printf("%d of %d calls answered, %d tokens of 100%n", replies.stream().filter(reply -> reply.status() == 200).count(), CLIENTS, used);
            assertTrue(used > 0 && used <= 100, used + " tokens went through a limit of 100");
            assertEquals(Integer.toString(100 - used), key.client.chat(Client.greedy("x".repeat(200), 4)).header("x-ratelimit-remaining-tokens"));
        }
    }

    @Test
    void streamsAtOnceAreBoundAsWell() throws Exception {
        awaitAQuietMidnight();
        Key key = key("\"tokens_per_day\": 100");
        List<Streamed> streams = atOnce(number -> key.client.stream(number % 2 == 0 ? unnamed("Hi") : Client.greedy("Hi", 1 + number % 7)));
        int used = streams.stream().filter(Streamed::done).mapToInt(stream -> stream.usage().get("total_tokens").asInt()).sum();
        assertTrue(used > 0 && used <= 100, used + " tokens went through a limit of 100");
    }

    @Test
    void whatAKeyUsedTodaySurvivesAKilledServer() throws Exception {
        awaitAQuietMidnight();
        Path data = MillraceServer.temporaryFolder();
        MillraceServer server = MillraceServer.start(data, Map.of());
        try {
            String secret = create(new Client(server.address(), server.operatorToken()), "\"tokens_per_day\": 200").get("secret").asText();
            Reply first = new Client(server.address(), secret).chat(Client.greedy("Hi", 20));
            assertEquals(200, first.status(), first.body());
            int left = 200 - first.json().at("/usage/total_tokens").asInt();
            server.kill();
            server = MillraceServer.start(data, Map.of());
            Client client = new Client(server.address(), secret);
            Reply beyond = client.chat(Client.greedy("Hi", left - 10));
            assertLimited(beyond);
            assertEquals(Integer.toString(left), beyond.header("x-ratelimit-remaining-tokens"));
            assertEquals(200, client.chat(Client.greedy("Hi", 4)).status());
        } finally {
            server.close();
        }
    }

    @Test
    void requestsOfAMinuteAreCountedAndToldOnEveryAnswer() throws Exception {
        Key key = key("\"requests_per_minute\": 3");
        Reply first = key.client.chat(Client.greedy("Hi", 2));
        assertEquals(200, first.status(), first.body());
        assertEquals("3", first.header("x-ratelimit-limit-requests"));
        assertEquals("2", first.header("x-ratelimit-remaining-requests"));
        assertTrue(first.header("x-ratelimit-reset-requests").matches("(19|20)s"), first.header("x-ratelimit-reset-requests"));
        assertNull(first.header("x-ratelimit-limit-tokens"), "the key has no such limit");

        HttpHeaders streamed = streamHead(key, Client.greedy("Hi", 2));
        assertEquals("1", streamed.firstValue("x-ratelimit-remaining-requests").orElseThrow());
        Reply broken = key.client.send("POST", Client.CHAT, "{".getBytes(StandardCharsets.UTF_8));
        assertEquals(400, broken.status());
        assertEquals("1", broken.header("x-ratelimit-remaining-requests"), "what can't be read costs nothing");
        Reply unknown = key.client.chat(Client.greedy("Hi", 2).put("model", "no-such-model"));
        assertEquals(404, unknown.status());
        assertEquals("1", unknown.header("x-ratelimit-remaining-requests"));

        assertEquals(200, key.client.chat(Client.greedy("Hi", 2)).status());
        Reply refused = key.client.chat(Client.greedy("Hi", 2));
        assertLimited(refused);
        assertEquals("0", refused.header("x-ratelimit-remaining-requests"));
        int wait = Integer.parseInt(refused.header("Retry-After"));
        assertTrue(wait >= 1 && wait <= 20, "a request comes back each 20 s: " + wait);
        assertLimited(key.client.chat(Client.greedy("Hi", 2).put("stream", true)));
    }

    @Test
    void whoComesAgainAfterTheTimeThatHeWasToldIsServed() throws Exception {
        Key key = key("\"tokens_per_minute\": 1200");
        Reply first = key.client.chat(Client.endless("Hi", 1100));
        assertEquals(200, first.status(), first.body());
        Reply refused = key.client.chat(Client.greedy("Hi", 180));
        assertLimited(refused);
        int wait = Integer.parseInt(refused.header("Retry-After"));
        assertTrue(wait <= 10, "20 tokens come back each second: " + wait);
        TimeUnit.SECONDS.sleep(wait);
        Reply again = key.client.chat(Client.greedy("Hi", 180));
        assertEquals(200, again.status(), again.body());
        assertEquals("1200", again.header("x-ratelimit-limit-tokens"));
    }

    @Test
    void whatCanNeverPassIsNotAskedBack() {
        Key key = key("\"tokens_per_minute\": 50");
        Reply never = key.client.chat(Client.greedy("Hi", 51));
        assertEquals(429, never.status(), never.body());
        assertEquals("rate_limit_exceeded", never.code());
        assertNull(never.header("Retry-After"));
        assertEquals("false", never.header("X-Should-Retry"));
        assertTrue(never.json().at("/error/message").asText().contains("can never pass"), never.body());
        assertEquals("50", never.header("x-ratelimit-remaining-tokens"));
    }

    @Test
    void anAnswerThatNamesNoBoundEndsWhereTheTokensDo() {
        Key key = key("\"tokens_per_minute\": 100");
        ObjectNode endless = Client.endless("Hi", 1);
        endless.remove("max_tokens");
        Reply reply = key.client.chat(endless);
        assertEquals(200, reply.status(), reply.body());
        assertEquals("length", reply.json().at("/choices/0/finish_reason").asText());
        assertEquals(100, reply.json().at("/usage/total_tokens").asInt());
    }

    @Test
    void requestsAtOnceAreBoundAndAPlaceIsFreeWhenItsClientHangsUp() throws Exception {
        Key key = key("\"concurrent_requests\": 2");
        try (Stream<String> first = open(key, Client.endless("one", 1500)); Stream<String> second = open(key, Client.endless("two", 1500))) {
            Reply refused = key.client.chat(Client.greedy("Hi", 2));
            assertLimited(refused);
            assertEquals("1", refused.header("Retry-After"));
        }
        Until.is("a place is free", Duration.ofSeconds(20), () -> key.client.chat(Client.greedy("Hi", 2)).status(), status -> status == 200);
    }

    @Test
    void aCallThatIsRefusedForAnotherReasonGivesBackWhatItHeld() {
        Key key = key("\"requests_per_minute\": 5, \"tokens_per_minute\": 5000, \"concurrent_requests\": 1");
        for (int i = 0; i < 10; i++) {
            Reply tooLong = key.client.chat(Client.greedy("word ".repeat(4096), 4));
            assertEquals("context_length_exceeded", tooLong.code(), tooLong.body());
            assertEquals("5", tooLong.header("x-ratelimit-remaining-requests"));
            assertEquals("5000", tooLong.header("x-ratelimit-remaining-tokens"));
        }
    }

    @Test
    void refusedCallsAreRecorded() {
        Key key = key("\"tokens_per_minute\": 50");
        Set<String> before = new HashSet<>(AuditTable.outcomes(SERVER).keySet());
        key.client.chat(Client.greedy("Hi", 51));
        Until.is("it is in the audit", Duration.ofSeconds(10), () -> AuditTable.outcomes(SERVER).entrySet().stream()
                .filter(call -> !before.contains(call.getKey()) && call.getValue().equals("refused")).count(), count -> count >= 1);
    }

    @Test
    void limitsAreSetListedAndChangedFromTheCommandLine() throws IOException {
        JsonNode created = Client.JSON.readTree(SERVER.launch("key", "add", "limited", "--rpm", "60", "--tpd", "none", "--json").output());
        assertEquals(60, created.at("/limits/requests_per_minute").asInt());
        assertEquals("none", created.at("/limits/tokens_per_day").asText());
        assertEquals("default", created.at("/limits/tokens_per_minute").asText());
        String id = created.get("id").asText();
        Client client = new Client(SERVER.address(), created.get("secret").asText());
        assertEquals("60", client.chat(Client.greedy("Hi", 2)).header("x-ratelimit-limit-requests"));

        MillraceServer.Result changed = SERVER.launch("key", "limit", id, "--tpm", "5000", "--rpm", "none", "--concurrent", "4");
        assertEquals(0, changed.status(), changed.output());
        String line = SERVER.launch("key", "list").output().lines().filter(each -> each.startsWith(id)).findFirst().orElseThrow();
        assertTrue(line.endsWith("rpm none, tpm 5000, concurrent 4, tpd none"), line);
        Reply after = client.chat(Client.greedy("Hi", 2));
        assertNull(after.header("x-ratelimit-limit-requests"));
        assertEquals("5000", after.header("x-ratelimit-limit-tokens"));

        assertNotEquals(0, SERVER.launch("key", "limit", id).status());
        assertNotEquals(0, SERVER.launch("key", "limit", id, "--rpm", "many").status());
        assertNotEquals(0, SERVER.launch("key", "limit", "key-none", "--rpm", "1").status());
    }

    private static void assertLimited(Reply reply) {
        assertEquals(429, reply.status(), reply.body());
        assertEquals("rate_limit_exceeded", reply.code());
        assertFalse(reply.json().at("/error/message").asText().isEmpty());
        assertTrue(Integer.parseInt(reply.header("Retry-After")) >= 1);
    }

    private static ObjectNode unnamed(String content) {
        ObjectNode body = Client.greedy(content, 1);
        body.remove("max_tokens");
        return body;
    }

    private static Key key(String limits) {
        JsonNode created = create(OPERATOR, limits);
        String secret = created.get("secret").asText();
        return new Key(created.get("id").asText(), new Client(SERVER.address(), secret), secret);
    }

    private static JsonNode create(Client operator, String limits) {
        Reply created = operator.send("POST", "/admin/keys", ("{\"name\": \"limits\", " + limits + "}").getBytes(StandardCharsets.UTF_8));
        assertEquals(201, created.status(), created.body());
        return created.json();
    }

    private interface Call<T> {
        T of(int number);
    }

    private static <T> List<T> atOnce(Call<T> call) throws Exception {
        CountDownLatch go = new CountDownLatch(1);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<T>> all = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int number = i;
                all.add(clients.submit(() -> {
                    go.await();
                    return call.of(number);
                }));
            }
            go.countDown();
            List<T> results = new ArrayList<>();
            for (Future<T> each : all) {
                results.add(each.get(60, TimeUnit.SECONDS));
            }
            return results;
        }
    }

    private static HttpHeaders streamHead(Key key, ObjectNode body) throws Exception {
        HttpResponse<String> response = HTTP.send(request(key, body), HttpResponse.BodyHandlers.ofString());
        assertTrue(response.body().endsWith("data: [DONE]\n\n"), response.body());
        return response.headers();
    }

    /** A stream that has begun; closing it hangs up. */
    private static Stream<String> open(Key key, ObjectNode body) throws Exception {
        HttpResponse<Stream<String>> response = HTTP.send(request(key, body), HttpResponse.BodyHandlers.ofLines());
        assertEquals(200, response.statusCode());
        return response.body();
    }

    private static HttpRequest request(Key key, ObjectNode body) {
        return HttpRequest.newBuilder(URI.create(SERVER.address() + Client.CHAT)).timeout(Duration.ofSeconds(60))
                .header("Content-Type", "application/json").header("Authorization", "Bearer " + key.secret)
                .POST(HttpRequest.BodyPublishers.ofString(body.put("stream", true).toString())).build();
    }

    /** A day that ends within the test would make its sums those of two. */
    private static void awaitAQuietMidnight() throws InterruptedException {
        LocalTime now = LocalTime.ofInstant(Instant.now(), ZoneOffset.UTC);
        long left = Duration.between(now, LocalTime.MAX).toSeconds();
        if (left < 60) {
            TimeUnit.SECONDS.sleep(left + 2);
        }
    }
}
