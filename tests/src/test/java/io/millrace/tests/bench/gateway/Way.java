package io.millrace.tests.bench.gateway;

/**
 * A way to the mock upstream, or one that ends before it.
 *
 * @param headers lines that its requests carry, each with its line end
 * @param status  that its answers have; only 200 can be streamed
 */
record Way(String name, int port, String headers, int status) {

    Way(String name, int port, String headers) {
        this(name, port, headers, 200);
    }

    boolean streams() {
        return status == 200;
    }
}
