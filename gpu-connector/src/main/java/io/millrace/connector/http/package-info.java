/**
 * Servers that speak the OpenAI protocol over HTTP, streamed as server-sent events.
 *
 * <p>{@code java.net.http} reads the network and feeds a bounded {@code Inflow}; all reading of events and of JSON is
 * done by the thread that asks an {@link io.millrace.connector.http.HttpAnswer} for its next event. The outgoing
 * counterpart of {@code web}, which alone knows the incoming side of HTTP.
 */
package io.millrace.connector.http;
