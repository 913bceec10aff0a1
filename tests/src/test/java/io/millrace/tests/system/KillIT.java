package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Processes that are killed under load: what a client was told is true afterwards. */
class KillIT {

    private static final int STREAMS = 32;
    private static final int COMPLETE = 80;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private final Path data = MillraceServer.temporaryFolder();
    private MillraceServer server = MillraceServer.start(data, Map.of());

    @AfterEach
    void stop() {
        server.close();
        // where a test ended between a kill and the next start, the database has no server to stop it
        AuditTable.postmaster(data).ifPresent(ProcessHandle::destroy);
    }

    @Test
    void everyCallThatWasCompleteToItsClientIsInTheAuditOfAKilledServer() throws Exception {
        Client client = new Client(server);
        String key = server.key();
        Set<String> complete = ConcurrentHashMap.newKeySet();
        CountDownLatch enough = new CountDownLatch(COMPLETE);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < STREAMS; i++) {
                int number = i;
                clients.execute(() -> streamUntilBroken(client, number, complete, enough));
            }
            assertTrue(enough.await(60, TimeUnit.SECONDS), "the streams come to their ends");
            server.kill();
        }
        long start = System.nanoTime();
        server = MillraceServer.start(data, Map.of());
        System.out.printf("killed under %d streams after %d complete calls; ready again after %d ms%n", STREAMS, complete.size(),
                (System.nanoTime() - start) / 1_000_000);
        Map<String, String> audit = AuditTable.outcomes(server);
        Set<String> lost = new TreeSet<>(complete);
        lost.removeIf(callId -> "ok".equals(audit.get(callId)));
        assertEquals(Set.of(), lost, "complete to their clients, and not in the audit");
        assertEquals(key, server.key());
        assertTrue(new Client(server).stream(Client.greedy("again", 8)).done());
    }

    @Test
    void aKilledDatabaseStopsServingUntilItIsBack() throws Exception {
        Client client = new Client(server);
        assertEquals(200, client.chat(Client.greedy("before", 8)).status());
        ProcessHandle postmaster = AuditTable.postmaster(data).orElseThrow();
        postmaster.destroyForcibly();
        postmaster.onExit().get(10, TimeUnit.SECONDS);
        Streamed during = client.stream(Client.greedy("during", 8));
        System.out.println("database killed: a stream gets " + during.status() + " " + during.error());
        assertTrue(!during.done() || AuditTable.outcomes(server).containsKey(during.callId()),
                "complete to its client, and not in the audit");
        Reply ready = Until.is("the server is ready again, or says why it isn't", PATIENCE, () -> client.get("/health/ready"),
                reply -> reply.status() == 200 || reply.body().contains("audit"));
        System.out.println("database killed: ready says " + ready.body());
        if (ready.status() != 200) {
            Reply refused = client.chat(Client.greedy("after", 8));
            assertEquals(503, refused.status(), refused.body());
        }
        assertEquals(200, client.get("/health/live").status());

        server.close();
        server = MillraceServer.start(data, Map.of());
        assertTrue(new Client(server).stream(Client.greedy("again", 8)).done());
    }

    private static void streamUntilBroken(Client client, int number, Set<String> complete, CountDownLatch enough) {
        Streamed answer;
        do {
            answer = client.stream(Client.endless("stream " + number, 8 + number));
            if (answer.done()) {
                complete.add(answer.callId());
                enough.countDown();
            }
        } while (answer.done());
    }
}
