package io.millrace.tests.system;

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
        return page.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToInt(line -> (int) Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst().orElseThrow(() -> new AssertionError(name + " is not on the page:\n" + page));
    }
}
