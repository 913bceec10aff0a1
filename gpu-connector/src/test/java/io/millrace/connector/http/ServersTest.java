package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;

import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.HttpVersion;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import java.net.URI;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class ServersTest {

    private final AtomicLong nanoTime = new AtomicLong();
    private final Servers servers = new Servers(nanoTime::get);

    @AfterEach
    void stop() {
        servers.close();
    }

    @Test
    void connectionsOfAnEqualSpecShareTheSockets() throws RemoteException {
        assertSame(servers.take(spec("key")), servers.take(spec("key")));
        assertNotSame(servers.take(spec("key")), servers.take(spec("other")));
    }

    @Test
    void aServerThatNobodyUsesIsForgottenAfterAWhile() throws RemoteException {
        Server first = servers.take(spec("key"));
        servers.giveBack(first);
        nanoTime.addAndGet(Servers.KEPT_UNUSED.toNanos() - 1);
        assertSame(first, servers.take(spec("key")));
        servers.giveBack(first);
        nanoTime.addAndGet(Servers.KEPT_UNUSED.toNanos());
        assertNotSame(first, servers.take(spec("key")));
    }

    @Test
    void aServerInUseIsKept() throws RemoteException {
        Server first = servers.take(spec("key"));
        servers.take(spec("key"));
        servers.giveBack(first);
        nanoTime.addAndGet(10 * Servers.KEPT_UNUSED.toNanos());
        assertSame(first, servers.take(spec("key")));
    }

    @Test
    void aConnectionThatOutlivesTheAdapterIsNoMatter() throws RemoteException {
        Server first = servers.take(spec("key"));
        servers.close();
        servers.giveBack(first);
    }

    private static RemoteSpec spec(String key) {
        return new RemoteSpec("s", URI.create("http://localhost:1/v1"), Dialect.OPENAI, key, null, Duration.ofSeconds(1), HttpVersion.AUTO);
    }
}
