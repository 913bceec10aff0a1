package io.millrace.connector.engine;

import java.util.Objects;

/**
 * The KV state of one sequence, independent of the slot it came from.
 *
 * @param model  identity of the model, its quantisation and the KV type; a snapshot fits only where this is equal
 * @param tokens positions that the state covers
 * @param state  the engine's own bytes, not to be changed; closed with the snapshot
 */
public record KvSnapshot(String model, int tokens, KvState state) implements AutoCloseable {
    public KvSnapshot {
        Objects.requireNonNull(model, "model");
        Objects.requireNonNull(state, "state");
    }

    /** Gives its memory back. */
    @Override
    public void close() {
        state.close();
    }
}
