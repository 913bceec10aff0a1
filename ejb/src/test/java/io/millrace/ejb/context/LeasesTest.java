package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.ejb.cluster.MapShelf;
import io.millrace.ejb.cluster.Shelf;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

class LeasesTest {

    private static final Duration LONG = Duration.ofSeconds(20);

    @Test
    void whoDoesNotWaitIsRefused() throws InterruptedException {
        Leases leases = new Leases(null);
        Runnable held = leases.take("a", LONG);

        assertNull(leases.take("a", Duration.ZERO));
        assertNotNull(leases.take("b", Duration.ZERO));
        held.run();
        assertNotNull(leases.take("a", Duration.ZERO));
        assertEquals(2, leases.size());
    }

    @Test
    void theyComeInTurnAndLeaveNothingBehind() throws Exception {
        Leases leases = new Leases(null);
        List<Integer> order = Collections.synchronizedList(new ArrayList<>());
        Runnable held = leases.take("a", LONG);
        List<Thread> waiting = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            int number = i;
            CountDownLatch begun = new CountDownLatch(1);
            Thread thread = Thread.ofPlatform().start(() -> {
                begun.countDown();
                try {
                    Runnable lease = leases.take("a", LONG);
                    order.add(number);
                    lease.run();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            });
            begun.await();
            while (thread.getState() == Thread.State.RUNNABLE || thread.getState() == Thread.State.NEW) {
                Thread.onSpinWait();
            }
            waiting.add(thread);
        }
        held.run();
        for (Thread thread : waiting) {
            thread.join();
        }

        assertEquals(java.util.stream.IntStream.range(0, 20).boxed().toList(), order);
        assertEquals(0, leases.size());
    }

    @Test
    void whatADeadNodeHeldIsFree() throws InterruptedException {
        Shelf shelf = new MapShelf();
        Set<String> nodes = ConcurrentHashMap.newKeySet();
        nodes.addAll(Set.of("one", "two"));
        Leases one = new Leases(new Leases.Others(shelf, "one", () -> nodes));
        Leases two = new Leases(new Leases.Others(shelf, "two", () -> nodes));
        assertNotNull(one.take("a", LONG));

        assertNull(two.take("a", Duration.ofMillis(50)));
        nodes.remove("one");
        assertNotNull(two.take("a", LONG));
    }
}
