package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assertions.fail;

import io.millrace.tests.Metrics;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** Watches on the metrics page what a server has in flight. */
final class InFlight {

    private static final long PATIENCE_SECONDS = 20;

    private final MillraceServer server;
    private final double tokensBefore;

    private InFlight(MillraceServer server) throws IOException, InterruptedException {
        this.server = server;
        this.tokensBefore = Metrics.value(page(server), "millrace_engine_step_tokens");
    }

    /** From here on the tokens are counted that the engine computes. */
    static InFlight watch(MillraceServer server) throws IOException, InterruptedException {
        return new InFlight(server);
    }

    /**
     * Returns as soon as no call is in flight. Fails when that does not come about, and when it comes about only because
     * the answers were written to their end: some of the {@code asked} tokens must have been saved.
     */
    void assertGivenUp(long asked) throws IOException, InterruptedException {
        awaitNone(server);
        double computed = Metrics.value(page(server), "millrace_engine_step_tokens") - tokensBefore;
        assertTrue(computed < asked, "computed " + computed + " of " + asked + " tokens that nobody wanted any more");
    }

    /** Returns as soon as no call is in flight; fails when that does not come about. */
    static void awaitNone(MillraceServer server) throws IOException, InterruptedException {
        long until = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (System.nanoTime() < until) {
            String page = page(server);
            if (Metrics.value(page, "millrace_calls_in_flight") == 0 && Metrics.value(page, "millrace_batch_running") == 0) {
                return;
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
        fail("calls are still in flight after " + PATIENCE_SECONDS + " s");
    }

    private static String page(MillraceServer server) throws IOException, InterruptedException {
        return new Http(server, server.key()).get("/metrics").body();
    }
}
