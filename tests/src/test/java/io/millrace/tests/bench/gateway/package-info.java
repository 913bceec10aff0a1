/**
 * What a gateway costs in front of a server that takes no time: none, Millrace and Portkey's, in turn on the same machine.
 * {@code ./millrace bench gateway} runs it.
 */
package io.millrace.tests.bench.gateway;
