package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;

/** Memory is bounded, and requests that are over leave none of it taken. */
class MemoryIT {

    private static final int AT_ONCE = 8;
    private static final long MIB = 1 << 20;
    private static final long MOST_BYTES = 800 * MIB;
    /** Compiled code and the heap's steps still come; a request that kept 32 KiB would show. */
    private static final long MOST_GROWTH = 64 * MIB;

    @Test
    void threeThousandRequestsFitInTheMemoryOfTheFirstThousand() throws Exception {
        try (MillraceServer server = MillraceServer.start(MillraceServer.temporaryFolder(), Map.of())) {
            long idle = server.residentBytes();
            long first = send(server, 1000);
            long third = send(server, 2000);
            System.out.printf("resident memory: ready %d MiB, after 1,000 requests %d MiB, after 3,000 %d MiB%n",
                    idle / MIB, first / MIB, third / MIB);
            assertTrue(first <= MOST_BYTES, first / MIB + " MiB after 1,000 requests");
            assertTrue(third - first <= MOST_GROWTH, "grew by " + (third - first) / MIB + " MiB");
        }
    }

    private static long send(MillraceServer server, int count) throws Exception {
        Client client = new Client(server);
        List<Callable<Boolean>> calls = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            ObjectNode body = Client.greedy("Request " + i + " is about the mill. ".repeat(1 + i % 5), 4 + i % 8);
            boolean streams = i % 2 == 0;
            calls.add(() -> streams ? client.stream(body).done() : client.chat(body).status() == 200);
        }
        try (ExecutorService clients = Executors.newFixedThreadPool(AT_ONCE)) {
            int good = 0;
            for (Future<Boolean> call : clients.invokeAll(calls)) {
                good += call.get() ? 1 : 0;
            }
            assertEquals(count, good, "answered well");
        }
        return server.residentBytes();
    }
}
