package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.concurrent.TimeUnit;

/** Watches on the metrics page how many calls a server has in flight. */
final class InFlight {

    private static final long PATIENCE_SECONDS = 20;

    private InFlight() {}

    /** Returns as soon as no call is in flight; fails when that does not come about. */
    static void awaitNone(MillraceServer server) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest metrics = HttpRequest.newBuilder(URI.create(server.address() + "/metrics")).build();
            while (System.nanoTime() < until) {
                String page = client.send(metrics, BodyHandlers.ofString()).body();
                if (value(page, "millrace_calls_in_flight") == 0 && value(page, "millrace_batch_running") == 0) {
                    return;
                }
                TimeUnit.MILLISECONDS.sleep(20);
            }
        }
        fail("calls are still in flight after " + PATIENCE_SECONDS + " s");
    }

    private static double value(String page, String name) {
        return page.lines().filter(line -> line.startsWith(name + "{"))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1))).findFirst().orElseThrow();
    }
}
