package io.millrace.connector.engine;

import java.util.Objects;

/**
 * What the KV snapshots of an engine are like.
 *
 * @param model      as in {@link KvSnapshot#model}: the engine takes those that say the same, and no others
 * @param tokenBytes about how much of a snapshot's state belongs to one token, bytes
 */
public record KvFormat(String model, long tokenBytes) {
    public KvFormat {
        Objects.requireNonNull(model, "model");
    }
}
