package io.millrace.tests.failover;

import io.millrace.tests.MillraceServer;
import io.millrace.tests.upstream.UpstreamProcess;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Two upstreams, regions a (preferred) and b, and a Millrace in front of them. Owned by one thread. */
public final class Pair implements AutoCloseable {

    private static final long PATIENCE_SECONDS = 30;
    private static final long POLL_MS = 50;
    static final String A = "a";
    static final String B = "b";

    private final UpstreamProcess a;
    private final UpstreamProcess b;
    private final MillraceServer server;
    private final HttpClient client = HttpClient.newHttpClient();
    private boolean killed;

    /** @param more settings beside those of the regions */
    public Pair(double wordsPerSecond, Map<String, String> more) throws IOException {
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

    public MillraceServer server() {
        return server;
    }

    /** Starts those again that were killed, and waits until both are in service. */
    public void bothServe() throws IOException, InterruptedException {
        if (killed) {
            a.restart();
            b.restart();
            killed = false;
        }
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!inService(A) || !inService(B)) {
            if (System.nanoTime() - until > 0) {
                throw new AssertionError("not both regions are in service within " + PATIENCE_SECONDS + " s");
            }
            Thread.sleep(POLL_MS);
        }
    }

    private boolean inService(String region) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/metrics")).build();
        return client.send(request, HttpResponse.BodyHandlers.ofString()).body().lines().anyMatch(line -> line.startsWith("millrace_region_in_service") && line.contains("region=\"" + region + "\"")
                && line.endsWith(" 1.0"));
    }

    public void killBoth() {
        try {
            killed = true;
            a.kill();
            b.kill();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void close() {
        client.close();
        server.close();
        a.close();
        b.close();
    }
}
