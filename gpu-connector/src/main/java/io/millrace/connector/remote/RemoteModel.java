package io.millrace.connector.remote;

/**
 * A model that a server names.
 *
 * @param id      what the server calls it
 * @param ownedBy {@code owned_by}, in which many servers name themselves ({@code vllm}, {@code llamacpp}); empty: not said
 */
public record RemoteModel(String id, String ownedBy) {
}
