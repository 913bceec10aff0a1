package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
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
        String token = server.operatorToken();
        ProcessHandle database = AuditTable.postmaster(data).orElseThrow();
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
        assertTrue(database.isAlive(), "the database outlives a killed server");
        assertEquals(3, server.launch("status").status());
        long start = System.nanoTime();
        server = MillraceServer.start(data, Map.of());
        System.out.printf("killed under %d streams after %d complete calls; ready again after %d ms%n", STREAMS, complete.size(),
                (System.nanoTime() - start) / 1_000_000);
        Map<String, String> audit = AuditTable.outcomes(server);
        Set<String> lost = new TreeSet<>(complete);
        lost.removeIf(callId -> "ok".equals(audit.get(callId)));
        assertEquals(Set.of(), lost, "complete to their clients, and not in the audit");
        assertFalse(database.isAlive(), "the next server has put a database of its own in its place");
        assertEquals(key, server.key());
        assertNotEquals(token, server.operatorToken());
        assertTrue(new Client(server).stream(Client.greedy("again", 8)).done());
    }

    @Test
    void aKilledDatabaseComesBackAndMeanwhileNoCallIsCompleteThatIsNotRecorded() throws Exception {
        Client client = new Client(server);
        assertEquals(200, client.chat(Client.greedy("before", 8)).status());
        ProcessHandle postmaster = AuditTable.postmaster(data).orElseThrow();
        postmaster.destroyForcibly();
        postmaster.onExit().get(10, TimeUnit.SECONDS);
        long killed = System.nanoTime();
        Streamed during = client.stream(Client.greedy("during", 8));
        System.out.println("database killed: a stream ends with " + (during.done() ? "[DONE]" : during.error()));
        assertEquals(200, client.get("/health/live").status());
        Until.is("calls are recorded again", PATIENCE, () -> client.chat(Client.greedy("after", 8)), reply -> {
            assertTrue(reply.status() == 200 || reply.status() == 503 && reply.code().equals("audit_unavailable"), reply.body());
            return reply.status() == 200;
        });
        System.out.printf("calls are recorded again after %d ms%n", (System.nanoTime() - killed) / 1_000_000);
        Until.is("the server says that it is ready", PATIENCE, () -> client.get("/health/ready").status(), status -> status == 200);
        assertTrue(!during.done() || AuditTable.outcomes(server).containsKey(during.callId()), "complete to its client, and not in the audit");
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
