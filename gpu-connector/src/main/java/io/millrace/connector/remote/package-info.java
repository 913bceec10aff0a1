/**
 * The boundary between Millrace's policy and servers that speak the OpenAI protocol: another Millrace, vLLM, SGLang,
 * llama.cpp's server, DeepSeek, or a stranger.
 *
 * <p>A {@link io.millrace.connector.remote.RemoteConnection} carries one call at a time and tells what came back, event
 * by event. Nothing in this package queues, retries or chooses a server; how an answer that broke off is continued is
 * part of the call ({@link io.millrace.connector.remote.RemoteCall#said}), whether it is, is the caller's decision.
 */
package io.millrace.connector.remote;
