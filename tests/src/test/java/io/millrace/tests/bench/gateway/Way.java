package io.millrace.tests.bench.gateway;

/**
 * A way to the mock upstream.
 *
 * @param headers lines that its requests carry, each with its line end
 */
record Way(String name, int port, String headers) {}
