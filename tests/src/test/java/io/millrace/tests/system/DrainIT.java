package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** A server that is told to stop keeps its word to those whom it has begun to answer. */
class DrainIT {

    private static final int STREAMS = 8;
    private static final int TOKENS = 1000;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    @Test
    void streamsInFlightEndWholeAndNewRequestsAreRefused() throws Exception {
        MillraceServer server = MillraceServer.start(MillraceServer.temporaryFolder(), Map.of("MILLRACE_HTTP_DRAIN", "2m"));
        Client client = new Client(server);
        ProcessHandle process = ProcessHandle.of(server.pid()).orElseThrow();
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
        } finally {
            server.close();
        }
    }
}
