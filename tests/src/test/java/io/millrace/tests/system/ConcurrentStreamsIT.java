package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Many streams at once: each is what it would be alone, and who finds no room hears so at once. */
class ConcurrentStreamsIT {

    private static final int STREAMS = 32;
    private static final int ROUNDS = 4;

    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private final MillraceServer server = ExactServer.shared();

    @Test
    void streamsThatShareTheBatchSayWhatEachSaysAlone() throws Exception {
        Client client = new Client(server);
        List<String> alone = new ArrayList<>();
        for (int i = 0; i < STREAMS; i++) {
            alone.add(client.stream(question(i)).content());
        }
        int tokens = 0;
        long nanos = 0;
        List<String> differing = new ArrayList<>();
        for (int round = 0; round < ROUNDS; round++) {
            long start = System.nanoTime();
            List<Streamed> together = together(client, STREAMS);
            nanos += System.nanoTime() - start;
            for (int i = 0; i < STREAMS; i++) {
                tokens += together.get(i).usage().get("completion_tokens").asInt();
                if (!together.get(i).content().equals(alone.get(i))) {
                    differing.add("round " + round + ", stream " + i + "\n  alone    " + alone.get(i) + "\n  together " + together.get(i).content());
                }
            }
        }
        System.out.printf("%d streams at once, %d rounds: %.0f tokens/s%n", STREAMS, ROUNDS, tokens / (nanos / 1e9));
        assertEquals(List.of(), differing);
    }

    @Test
    void moreStreamsThanSlotsAllComplete() throws Exception {
        Client client = new Client(server);
        assertTrue(together(client, 100).stream().allMatch(Streamed::done));
        Until.is("nothing is left", PATIENCE, () -> Gauges.of(server), Gauges::idle);
    }

    @Test
    void whoFindsTheLaneFullHearsSoAtOnce() throws Exception {
        Client client = new Client(server);
        try (Wire first = Wire.to(server); Wire second = Wire.to(server);
             Wire third = Wire.to(server); Wire fourth = Wire.to(server)) {
            // 16 choices each: together they take all 32 slots
            for (Wire wire : List.of(first, second)) {
                wire.send(Wire.chat(server, Client.endless("long", 1900).put("n", 16).put("stream", true)));
            }
            Until.is("the slots are taken", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == STREAMS);
            for (Wire wire : List.of(third, fourth)) {
                wire.send(Wire.chat(server, Client.endless("waits", 4).put("priority", "P3")));
            }
            Until.is("the lane is full", PATIENCE, () -> Gauges.of(server), gauges -> gauges.waiting() == ExactServer.BULK_LANE);
            Reply refused = client.chat(Client.greedy("one too many", 4).put("priority", "P3"));
            System.out.println("lane full: refused after " + refused.took().toMillis() + " ms");
            assertEquals(429, refused.status(), refused.body());
            assertEquals("rate_limit_exceeded", refused.code());
            assertEquals("1", refused.header("Retry-After"));
            assertTrue(refused.took().compareTo(Duration.ofSeconds(1)) < 0, refused.took().toString());
            assertEquals(ExactServer.BULK_LANE, Gauges.of(server).waiting(), "refused without waiting for a slot");
        }
        Until.is("nothing is left", PATIENCE, () -> Gauges.of(server), Gauges::idle);
    }

    private static ObjectNode question(int number) {
        return Client.greedy(("Stream " + number + " wants to know. ").repeat(1 + number % 7), 16 + 7 * (number % 11));
    }

    private static List<Streamed> together(Client client, int count) throws Exception {
        CountDownLatch ready = new CountDownLatch(count);
        List<Callable<Streamed>> calls = IntStream.range(0, count).<Callable<Streamed>>mapToObj(i -> () -> {
            ready.countDown();
            ready.await();
            return client.stream(question(i));
        }).toList();
        List<Streamed> answers = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (Future<Streamed> call : clients.invokeAll(calls)) {
                answers.add(call.get());
            }
        }
        return answers;
    }
}
