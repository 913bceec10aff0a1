package io.millrace.tests.failover;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.upstream.UpstreamProcess;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/** Two upstreams, regions a (preferred) and b, and a Millrace in front of them. Owned by one thread. */
final class Pair implements AutoCloseable {

    static final String A = "a";
    static final String B = "b";

    private final UpstreamProcess a;
    private final UpstreamProcess b;
    private final MillraceServer server;

    /** @param more settings beside those of the regions */
    Pair(double wordsPerSecond, Map<String, String> more) throws IOException {
        a = UpstreamProcess.start(A, wordsPerSecond);
        b = UpstreamProcess.start(B, wordsPerSecond);
        Map<String, String> settings = new HashMap<>(more);
        settings.putAll(Map.of("MILLRACE_REGIONS", A + "," + B, "MILLRACE_REGION_A_URL", a.baseUrl(), "MILLRACE_REGION_B_URL", b.baseUrl(),
                "MILLRACE_REGION_A_DIALECT", "llama", "MILLRACE_REGION_B_DIALECT", "llama"));
        server = MillraceServer.start(MillraceServer.temporaryFolder(), settings);
    }

    UpstreamProcess a() {
        return a;
    }

    UpstreamProcess b() {
        return b;
    }

    MillraceServer server() {
        return server;
    }

    @Override
    public void close() {
        server.close();
        a.close();
        b.close();
    }
}
