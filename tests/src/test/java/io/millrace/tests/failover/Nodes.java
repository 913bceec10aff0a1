package io.millrace.tests.failover;

import io.millrace.tests.MillraceServer;
import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Two Millraces on the loopback interface that are one cluster, and the PostgreSQL that both use. Owned by one thread. */
final class Nodes implements AutoCloseable {

    private static final String SECRET = "what only these two nodes know";

    private final EmbeddedPostgres postgres;
    private final int firstPort = MillraceServer.freePort();
    private final int secondPort = MillraceServer.freePort();
    private final Map<String, String> settings;
    private MillraceServer a;
    private final MillraceServer b;

    /** @param settings of both, beside those of the cluster */
    Nodes(Map<String, String> settings) throws IOException, InterruptedException, ExecutionException {
        this.settings = settings;
        postgres = EmbeddedPostgres.builder().setServerConfig("listen_addresses", "127.0.0.1").start();
        try (ExecutorService starters = Executors.newVirtualThreadPerTaskExecutor()) {
            Future<MillraceServer> second = starters.submit(() -> start(secondPort));
            a = start(firstPort);
            b = second.get();
        }
    }

    private MillraceServer start(int clusterPort) {
        Map<String, String> all = new HashMap<>(settings);
        all.putAll(Map.of("MILLRACE_DB_URL", postgres.getJdbcUrl("postgres", "postgres").replaceFirst("\\?.*", ""), "MILLRACE_DB_USER", "postgres",
                "MILLRACE_CLUSTER_HOSTS", "127.0.0.1:" + firstPort + ",127.0.0.1:" + secondPort,
                "MILLRACE_CLUSTER_PORT", Integer.toString(clusterPort), "MILLRACE_CLUSTER_SECRET", SECRET));
        return MillraceServer.start(MillraceServer.temporaryFolder(), MillraceServer.exactModel(), all);
    }

    MillraceServer a() {
        return a;
    }

    MillraceServer b() {
        return b;
    }

    /** After the first one was killed: a new one in its place. */
    void restartA() {
        a = start(firstPort);
    }

    EmbeddedPostgres postgres() {
        return postgres;
    }

    @Override
    public void close() throws IOException {
        a.close();
        b.close();
        postgres.close();
    }
}
