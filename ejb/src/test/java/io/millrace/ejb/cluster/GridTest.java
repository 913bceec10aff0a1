package io.millrace.ejb.cluster;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.config.Secret;
import java.io.IOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Real nodes on the loopback interface. */
@Timeout(60)
class GridTest {

    private final int first = freePort();
    private final int second = freePort();

    private Grid grid(int port, String secret) {
        return new Grid(new Configuration.Cluster(List.of(new Configuration.Cluster.Host("127.0.0.1", first),
                new Configuration.Cluster.Host("127.0.0.1", second)), "", "127.0.0.1", port, new Secret(secret)));
    }

    @Test
    void whatOneNodeWritesTheOtherHas() throws Exception {
        try (Grid a = grid(first, "a secret of the cluster")) {
            Shelf atA = a.shelf("x");
            atA.put("early", new byte[] {1}).get(5, TimeUnit.SECONDS);
            try (Grid b = grid(second, "a secret of the cluster")) {
                await(() -> a.nodes().size() == 2);
                assertEquals(Set.of(a.self(), b.self()), b.nodes());
                Shelf atB = b.shelf("x");
                assertArrayEquals(new byte[] {1}, atB.get("early"), "who comes later gets what was there");
                for (byte i = 0; i < 50; i++) {
                    atA.put("key" + i, new byte[] {i}).get(5, TimeUnit.SECONDS);
                    assertArrayEquals(new byte[] {i}, atB.get("key" + i));
                }
                assertTrue(atB.claim("one", new byte[] {1}));
                assertFalse(atA.claim("one", new byte[] {2}));
                atB.remove("early");
                await(() -> atA.get("early") == null);
            }
            await(() -> a.nodes().equals(Set.of(a.self())));
            assertArrayEquals(new byte[] {1}, atA.get("one"), "what the other one wrote is still there");
        }
    }

    @Test
    void nodesMeetUnderAName() throws Exception {
        Grid.Resolver both = name -> {
            assertEquals("nodes.example", name);
            return new InetAddress[] {InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")};
        };
        try (Grid a = named("127.0.0.1", both); Grid b = named("127.0.0.2", both)) {
            await(() -> a.nodes().equals(Set.of(a.self(), b.self())));
            a.shelf("x").put("key", new byte[] {1}).get(5, TimeUnit.SECONDS);
            assertArrayEquals(new byte[] {1}, b.shelf("x").get("key"));
        }
    }

    @Test
    void aNodeStartsBeforeItsNameIsKnown() throws Exception {
        AtomicBoolean known = new AtomicBoolean();
        Grid.Resolver later = name -> known.get() ? new InetAddress[] {InetAddress.getByName("127.0.0.1"), InetAddress.getByName("127.0.0.2")}
                : InetAddress.getAllByName("nobody.invalid");
        try (Grid a = named("127.0.0.1", later); Grid b = named("127.0.0.2", later)) {
            assertEquals(Set.of(a.self()), a.nodes());
            known.set(true);
            await(() -> a.nodes().equals(Set.of(a.self(), b.self())));
        }
    }

    private Grid named(String bind, Grid.Resolver resolver) {
        return new Grid(new Configuration.Cluster(List.of(), "nodes.example", bind, first, new Secret("a secret of the cluster")), resolver);
    }

    @Test
    void whoDoesNotKnowTheSecretStaysAlone() throws Exception {
        try (Grid a = grid(first, "a secret of the cluster"); Grid b = grid(second, "another secret, guessed")) {
            Shelf atA = a.shelf("x");
            atA.put("key", new byte[] {1}).get(5, TimeUnit.SECONDS);
            TimeUnit.SECONDS.sleep(3);
            assertEquals(Set.of(a.self()), a.nodes());
            assertEquals(Set.of(b.self()), b.nodes());
            assertNull(b.shelf("x").get("key"));
        }
    }

    private static void await(BooleanSupplier condition) throws InterruptedException {
        for (int i = 0; i < 500 && !condition.getAsBoolean(); i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertTrue(condition.getAsBoolean());
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new IllegalStateException(e);
        }
    }
}
