package io.millrace.connector.jca;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.http.RawServer;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.spi.ManagedConnection;
import java.io.IOException;
import java.net.URI;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class RemoteManagedConnectionTest {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final RemoteCall CALL =
            new RemoteCall("m", new Prompt.Text("x"), Sampling.GREEDY, 0, List.of(), "", null, "", null, false);

    private final PoolEar pool = new PoolEar();
    private final EngineResourceAdapter adapter = new EngineResourceAdapter();
    private final RemoteManagedConnectionFactory factory = new RemoteManagedConnectionFactory();
    private RawServer server;

    RemoteManagedConnectionTest() {
        factory.setResourceAdapter(adapter);
    }

    @AfterEach
    void stop() throws IOException {
        adapter.servers().close();
        if (server != null) {
            server.close();
        }
    }

    @Test
    void aConnectionGoesBackOnceAndItsHandleIsDone() throws Exception {
        RemoteConnection handle = handle(connection((_, wire) -> wire.events().stop().end()));
        try (RemoteAnswer answer = handle.send(CALL)) {
            while (!(answer.next(PATIENCE) instanceof RemoteEvent.End)) {
                // to the end
            }
        }
        handle.send(CALL).close();
        handle.close();
        handle.close();
        assertEquals(List.of("closed"), pool.heard);
        assertThrows(IllegalStateException.class, () -> handle.send(CALL));
    }

    @Test
    void oneCallAtATime() throws Exception {
        RemoteConnection handle = handle(connection((_, wire) -> wire.events()));
        handle.send(CALL);
        assertThrows(IllegalStateException.class, () -> handle.send(CALL));
    }

    @Test
    void closingAHandleEndsItsAnswer() throws Exception {
        RemoteConnection handle = handle(connection((_, wire) -> wire.events()));
        RemoteAnswer answer = handle.send(CALL);
        assertInstanceOf(RemoteEvent.Accepted.class, answer.next(PATIENCE));
        handle.close();
        assertEquals(RemoteException.Code.CLOSED, assertThrows(RemoteException.class, () -> answer.next(PATIENCE)).code());
        assertEquals(List.of("closed"), pool.heard);
    }

    @Test
    void aConnectionThatBrokeIsToldToThePoolWhenItsHandleCloses() throws Exception {
        RemoteManagedConnection connection = connection((_, wire) -> wire.events().text("Par").reset());
        try (RemoteConnection handle = handle(connection)) {
            fail(handle.send(CALL));
            assertEquals(List.of(), pool.heard);
        }
        assertEquals(List.of("error"), pool.heard);
        assertFalse(connection.alive());
        assertEquals(Set.of(connection), factory.getInvalidConnections(Set.of(connection)));
    }

    @Test
    void aServerThatSaysNoIsNoBrokenConnection() throws Exception {
        RemoteManagedConnection connection = connection((_, wire) -> wire.raw("HTTP/1.1 429 X\r\nContent-Length: 0\r\n\r\n"));
        try (RemoteConnection handle = handle(connection)) {
            fail(handle.send(CALL));
        }
        assertEquals(List.of("closed"), pool.heard);
        assertTrue(connection.alive());
    }

    @Test
    void thePoolFindsOnlyALivingConnectionToTheSameServer() throws Exception {
        ManagedConnection living = connection((_, wire) -> wire.events());
        RemoteManagedConnection dead = (RemoteManagedConnection) factory.createManagedConnection(null, new SpecRequest<>(spec()));
        dead.destroy();
        dead.destroy();
        Set<ManagedConnection> pooled = Set.of(living, dead);
        assertSame(living, factory.matchManagedConnections(pooled, null, new SpecRequest<>(spec())));
        RemoteSpec other = new RemoteSpec("other", URI.create("http://localhost:1"), Dialect.LLAMA, null, null, PATIENCE, HttpVersion.AUTO);
        assertNull(factory.matchManagedConnections(pooled, null, new SpecRequest<>(other)));
    }

    private static void fail(RemoteAnswer answer) {
        assertThrows(RemoteException.class, () -> {
            while (true) {
                answer.next(PATIENCE);
            }
        });
    }

    private RemoteManagedConnection connection(RawServer.Script script) throws Exception {
        server = new RawServer(script);
        RemoteManagedConnection connection = (RemoteManagedConnection) factory.createManagedConnection(null, new SpecRequest<>(spec()));
        connection.addConnectionEventListener(pool);
        return connection;
    }

    private RemoteSpec spec() {
        return new RemoteSpec("s", server.base(), Dialect.OPENAI, "k", null, PATIENCE, HttpVersion.AUTO);
    }

    private static RemoteConnection handle(RemoteManagedConnection connection) {
        return (RemoteConnection) connection.getConnection(null, null);
    }
}
