package io.millrace.tests.system;

import io.millrace.tests.Metrics;
import io.millrace.tests.MillraceServer;

/** What the server says of itself on {@code /metrics}. */
record Gauges(int running, int waiting, int inFlight) {

    static Gauges of(MillraceServer server) {
        String page = new Client(server.address(), null).get("/metrics").body();
        return new Gauges(value(page, "millrace_batch_running"), value(page, "millrace_lanes_waiting"),
                value(page, "millrace_calls_in_flight"));
    }

    boolean idle() {
        return running == 0 && waiting == 0 && inFlight == 0;
    }

    private static int value(String page, String name) {
        return (int) Metrics.value(page, name);
    }
}
