package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A server that is told to stop keeps its word to those whom it has begun to answer. */
class DrainIT {

    private static final int STREAMS = 8;
    private static final int TOKENS = 1000;
    private static final int MOST_TOKENS = 1900;
    private static final int WAITING = 2;
    private static final Pattern CALL_ID = Pattern.compile("(?i)X-Request-Id: (\\S+)");
    private static final String SHUTTING_DOWN = "shutting_down";
    private static final Duration STOP_BOUND = Duration.ofSeconds(15);
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void streamsInFlightEndWholeAndNewRequestsAreRefused() throws Exception {
        MillraceServer server = MillraceServer.start(MillraceServer.temporaryFolder(), Map.of("MILLRACE_HTTP_DRAIN", "2m"));
        Client client = new Client(server);
        ProcessHandle process = ProcessHandle.of(server.pid()).orElseThrow();
        ProcessHandle database = AuditTable.postmaster(server.data()).orElseThrow();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Streamed>> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                int number = i;
                streams.add(clients.submit(() -> client.stream(Client.endless("stream " + number, TOKENS))));
            }
            Until.is("all run", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == STREAMS);
            process.destroy();
            Reply ready = Until.is("it drains", PATIENCE, () -> client.get("/health/ready"), reply -> reply.status() == 503);
            assertTrue(ready.body().contains("shutting down"), ready.body());
            Reply refused = client.chat(Client.greedy("too late", 4));
            assertEquals(503, refused.status(), refused.body());
            assertEquals("server_draining", refused.code());
            assertEquals("5", refused.header("Retry-After"));
            for (Future<Streamed> stream : streams) {
                Streamed answer = stream.get(120, TimeUnit.SECONDS);
                assertTrue(answer.done(), answer.content());
                assertEquals(TOKENS, answer.usage().get("completion_tokens").asInt());
            }
            MillraceServer.Result stop = server.launch("stop");
            assertEquals(0, stop.status(), stop.output());
            assertFalse(process.isAlive(), "stop returns when the server is down");
            assertThrows(IOException.class, () -> Wire.to(server));
            assertFalse(database.isAlive(), "and so is its database");
            assertFalse(Files.exists(server.data().resolve("millrace.pid")));
            assertFalse(Files.exists(server.data().resolve("operator-token")));
        } finally {
            server.close();
        }
    }

    @ParameterizedTest
    @ValueSource(strings = {"0ms", "2s"})
    void whatIsLeftAfterTheDrainTimeIsToldAndRecorded(String drain) throws Exception {
        Path data = MillraceServer.temporaryFolder();
        MillraceServer server = MillraceServer.start(data, Map.of("MILLRACE_HTTP_DRAIN", drain, "MILLRACE_ENGINE_SLOTS",
                Integer.toString(STREAMS + 1), "MILLRACE_ENGINE_THREADS", "1"));
        Set<String> calls = new HashSet<>();
        try {
            Client client = new Client(server);
            try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
                List<Future<String>> streams = new ArrayList<>();
                List<Future<Reply>> whole = new ArrayList<>();
                for (int i = 0; i < STREAMS; i++) {
                    int number = i;
                    streams.add(clients.submit(() -> streamOnTheWire(server, number)));
                }
                whole.add(clients.submit(() -> client.chat(Client.endless("whole", MOST_TOKENS))));
                Until.is("all run", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == STREAMS + 1);
                for (int i = 0; i < WAITING; i++) {
                    whole.add(clients.submit(() -> client.chat(Client.endless("waits", MOST_TOKENS))));
                }
                Until.is("some wait", PATIENCE, () -> Gauges.of(server), gauges -> gauges.waiting() == WAITING);
                long start = System.nanoTime();
                assertEquals(0, server.launch("stop").status());
                Duration took = Duration.ofNanos(System.nanoTime() - start);
                System.out.println("with a drain time of " + drain + " stopped after " + took.toMillis() + " ms");
                assertTrue(took.compareTo(STOP_BOUND) < 0, took.toString());
                for (Future<String> stream : streams) {
                    String answer = stream.get(5, TimeUnit.SECONDS);
                    assertTrue(answer.contains("\"code\":\"" + SHUTTING_DOWN + '"'), answer);
                    assertFalse(answer.contains("[DONE]") || answer.endsWith("\r\n0\r\n\r\n"), "no clean end: " + answer);
                    calls.add(CALL_ID.matcher(answer).results().findFirst().orElseThrow().group(1));
                }
                for (Future<Reply> reply : whole) {
                    assertEquals(503, reply.get(1, TimeUnit.SECONDS).status());
                    assertEquals(SHUTTING_DOWN, reply.get().code(), reply.get().body());
                    calls.add(reply.get().header("X-Request-Id"));
                }
            }
        } finally {
            server.close();
        }
        String log = server.launch("logs", "-n", "10000").output();
        assertEquals(1, log.split("given up: the server stops", -1).length - 1, log);
        assertFalse(log.contains(" lost: ") || log.contains("did not stop in order") || log.contains("Not all is over"), log);
        assertEquals(STREAMS + 1 + WAITING, calls.size());
        try (MillraceServer next = MillraceServer.start(data, Map.of())) {
            Map<String, String> endings = AuditTable.endings(next);
            calls.forEach(call -> assertEquals("failed SHUTTING_DOWN", endings.get(call), call));
        }
    }

    /** All that comes: the JDK's client may drop the last frame of a connection that is broken off. */
    private static String streamOnTheWire(MillraceServer server, int number) throws IOException {
        try (Wire wire = Wire.to(server)) {
            return wire.send(Wire.chat(server, Client.endless("stream " + number, MOST_TOKENS).put("stream", true))).readAll();
        }
    }
}
