package io.millrace.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.MillraceServer.Result;
import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** How a server ends and what is left of it for the next one. Each test has servers of its own. */
class LifeIT {

    /** Long enough, all together, to be under way when the server is told to stop. */
    private static final String LONG_STREAM = """
            {"prompt": "Once upon a time", "max_tokens": 400, "stream": true, "n": 4, "temperature": 1.5}""";
    private static final int STREAMS = 6;

    @TempDir
    Path folder;

    @Test
    void letsStreamsFinishAndRefusesNewOnesWhenItStops() throws Exception {
        MillraceServer server = MillraceServer.start(folder, Map.of("MILLRACE_HTTP_DRAIN", "3m"));
        long pid = server.pid();
        long database = databasePid();
        try (HttpClient client = HttpClient.newHttpClient()) {
            List<CompletableFuture<HttpResponse<Stream<String>>>> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                streams.add(client.sendAsync(completion(server, LONG_STREAM), HttpResponse.BodyHandlers.ofLines()));
            }
            for (CompletableFuture<HttpResponse<Stream<String>>> stream : streams) {
                assertEquals(200, stream.get(30, TimeUnit.SECONDS).statusCode());
            }
            CompletableFuture<Result> stop = CompletableFuture.supplyAsync(() -> server.launch("stop"));
            List<Integer> refusals = knockUntilClosed(client, server);
            for (CompletableFuture<HttpResponse<Stream<String>>> stream : streams) {
                assertEquals("data: [DONE]", stream.get().body().filter(line -> !line.isEmpty()).reduce((_, last) -> last).orElse("nothing"));
            }
            assertEquals(0, stop.get(120, TimeUnit.SECONDS).status());
            assertTrue(refusals.contains(503), "while it drained, others were told 503: " + refusals);
        }
        assertFalse(ProcessHandle.of(pid).isPresent(), "stop returned, so the server is down");
        assertFalse(ProcessHandle.of(database).isPresent(), "and so is its database");
        assertFalse(Files.exists(folder.resolve("millrace.pid")));
        assertFalse(Files.exists(folder.resolve("operator-token")));
    }

    @Test
    void startsAgainAfterItWasKilled() throws Exception {
        MillraceServer server = MillraceServer.start(folder, Map.of());
        String key = server.key();
        String token = server.operatorToken();
        long database = databasePid();
        server.kill();
        assertTrue(ProcessHandle.of(database).isPresent(), "the database outlives a killed server");
        assertEquals(3, server.launch("status").status());
        try (MillraceServer next = MillraceServer.start(folder, Map.of()); HttpClient client = HttpClient.newHttpClient()) {
            assertFalse(ProcessHandle.of(database).isPresent(), "the next server has put a database of its own in its place");
            assertEquals(key, next.key());
            assertNotEquals(token, next.operatorToken());
            assertEquals(200, client.send(completion(next, "{\"prompt\": \"Hello\", \"max_tokens\": 4}"), HttpResponse.BodyHandlers.ofString()).statusCode());
        }
    }

    @Test
    void staysUpWithoutAModelAndTakesOneLater() throws Exception {
        Path damaged = folder.resolve("damaged.gguf");
        Files.writeString(damaged, "no model at all");
        Path data = folder.resolve("data");
        int port = MillraceServer.freePort();
        Result run = MillraceServer.launcher(Map.of(), "run", "--data", data.toString(), "--port", Integer.toString(port), "--model", damaged.toString());
        try {
            assertEquals(4, run.status(), run.output());
            assertTrue(run.output().contains("damaged.gguf"), run.output());
            Result status = MillraceServer.launcher(Map.of(), "status", "--data", data.toString());
            assertEquals(4, status.status());
            assertTrue(status.output().contains("damaged.gguf"), status.output());
            assertTrue(Files.exists(data.resolve("first-key")), "keys need no model");
            Result use = MillraceServer.launcher(Map.of(), "model", "use", MillraceServer.smallModel().toString(), "--data", data.toString());
            assertEquals(0, use.status(), use.output());
            assertEquals(0, MillraceServer.launcher(Map.of(), "status", "--data", data.toString()).status());
        } finally {
            MillraceServer.launcher(Map.of(), "stop", "--data", data.toString());
        }
    }

    /** New requests until nobody listens any more: the status of each. */
    private static List<Integer> knockUntilClosed(HttpClient client, MillraceServer server) throws Exception {
        List<Integer> statuses = new ArrayList<>();
        HttpRequest request = completion(server, "{\"prompt\": \"Hello\", \"max_tokens\": 1}");
        for (long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(60); System.nanoTime() < deadline; ) {
            try {
                statuses.add(client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode());
            } catch (ConnectException e) {
                break;
            } catch (IOException e) {
                // taken by a server that closed at that moment
                statuses.add(0);
            }
            TimeUnit.MILLISECONDS.sleep(5);
        }
        return statuses;
    }

    private long databasePid() throws IOException {
        return Long.parseLong(Files.readAllLines(folder.resolve("postgres/postmaster.pid")).getFirst().strip());
    }

    private static HttpRequest completion(MillraceServer server, String body) throws IOException {
        return HttpRequest.newBuilder(URI.create(server.baseUrl() + "/completions")).header("Authorization", "Bearer " + server.key())
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    }
}
