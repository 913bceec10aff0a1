package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A client that goes away costs nothing from then on, wherever its call is at that moment. */
class ClientGoneIT {

    private static final Duration SOON = Duration.ofSeconds(5);
    private static final int LONG = 1900;

    private final MillraceServer server = MillraceServer.shared();
    private Map<String, String> before;

    @BeforeEach
    @AfterEach
    void nothingRuns() {
        Until.is("nothing runs", SOON, () -> Gauges.of(server), Gauges::idle);
        before = AuditTable.outcomes(server);
    }

    @Test
    void resetWhileStreaming() throws IOException {
        Wire wire = stream();
        String callId = callId(wire.await("\n\ndata: {"));
        wire.reset();
        assertLeft();
        Until.is("the audit says so", SOON, () -> AuditTable.outcomes(server).get(callId), "cancelled"::equals);
    }

    @Test
    void closedWhileStreaming() throws IOException {
        Wire wire = stream();
        String callId = callId(wire.await("\n\ndata: {"));
        wire.close();
        assertLeft();
        Until.is("the audit says so", SOON, () -> AuditTable.outcomes(server).get(callId), "cancelled"::equals);
    }

    @Test
    void goneWhileItsWholeAnswerIsMade() throws IOException {
        Wire reset = Wire.to(server).send(Wire.chat(server, Client.endless("whole", LONG)));
        Wire closed = Wire.to(server).send(Wire.chat(server, Client.endless("whole", LONG)));
        Until.is("both run", SOON, () -> Gauges.of(server), gauges -> gauges.running() == 2);
        reset.reset();
        closed.close();
        assertLeft();
        bothAreCancelled();
    }

    @Test
    void goneWhileWaitingInTheLane() throws IOException {
        try (Wire first = Wire.to(server); Wire second = Wire.to(server)) {
            // 16 choices each: together they take all 32 slots
            for (Wire wire : List.of(first, second)) {
                wire.send(Wire.chat(server, Client.endless("full", LONG).put("n", 16).put("stream", true)));
            }
            Until.is("the slots are taken", SOON, () -> Gauges.of(server), gauges -> gauges.running() == 32);
            Wire whole = Wire.to(server).send(Wire.chat(server, Client.endless("waits", LONG)));
            Wire streaming = stream();
            Until.is("both wait", SOON, () -> Gauges.of(server), gauges -> gauges.waiting() == 2);
            whole.reset();
            streaming.close();
            Gauges after = Until.is("both have left the lane", SOON, () -> Gauges.of(server),
                    gauges -> gauges.waiting() == 0 && gauges.inFlight() == 2);
            assertEquals(32, after.running(), "who had a slot keeps it");
            bothAreCancelled();
        }
        assertLeft();
    }

    @Test
    void twoHundredAbandonedCallsLeaveNothing() throws Exception {
        int connections = openFiles();
        List<Callable<Void>> calls = new ArrayList<>();
        for (int i = 0; i < 200; i++) {
            int number = i;
            calls.add(() -> abandon(number));
        }
        try (ExecutorService clients = Executors.newFixedThreadPool(16)) {
            for (Future<Void> call : clients.invokeAll(calls)) {
                call.get();
            }
        }
        Until.is("nothing is left", SOON, () -> Gauges.of(server), Gauges::idle);
        // the pool to the database may have grown meanwhile
        Until.is("the connections are closed", SOON, this::openFiles, open -> open <= connections + 16);
        List<String> outcomes = Until.is("the audit has them all", SOON, this::newOutcomes, all -> all.size() == 200);
        System.out.println("200 abandoned calls: open files " + connections + " -> " + openFiles());
        assertEquals(Set.of("cancelled"), Set.copyOf(outcomes));
        assertTrue(new Client(server).stream(Client.greedy("still there?", 8)).done());
    }

    /** Each in another way, at another moment. */
    private Void abandon(int number) throws IOException {
        var body = Client.endless("abandoned " + number, LONG).put("stream", number % 2 == 0);
        Wire wire = Wire.to(server).send(Wire.chat(server, body));
        if (number % 4 == 0) {
            wire.await("\n\ndata: {");
        }
        if (number % 3 == 0) {
            wire.close();
        } else {
            wire.reset();
        }
        return null;
    }

    private Wire stream() throws IOException {
        return Wire.to(server).send(Wire.chat(server, Client.endless("streams", LONG).put("stream", true)));
    }

    private void assertLeft() {
        long start = System.nanoTime();
        Until.is("its sequence has left", SOON, () -> Gauges.of(server), Gauges::idle);
        System.out.println("left after " + (System.nanoTime() - start) / 1_000_000 + " ms");
    }

    private void bothAreCancelled() {
        Until.is("the audit says so", SOON, this::newOutcomes, List.of("cancelled", "cancelled")::equals);
    }

    private List<String> newOutcomes() {
        Map<String, String> now = AuditTable.outcomes(server);
        now.keySet().removeAll(before.keySet());
        return List.copyOf(now.values());
    }

    private int openFiles() {
        try (Stream<Path> files = Files.list(Path.of("/proc/" + server.pid() + "/fd"))) {
            return (int) files.count();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String callId(String head) {
        return head.lines().filter(line -> line.regionMatches(true, 0, "X-Request-Id: ", 0, 14)).findFirst().orElseThrow().substring(14).strip();
    }
}
