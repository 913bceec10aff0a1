package io.millrace.ejb.client;

import io.millrace.ejb.lane.Lane;
import java.util.Objects;

/**
 * Who sends a request: the owner of an API key, never the key itself.
 *
 * @param keyId   id of the key's row
 * @param name    the name its owner gave it
 * @param ceiling the highest lane this key may ask for
 */
public record Caller(String keyId, String name, Lane ceiling) {
    public Caller {
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(ceiling, "ceiling");
    }
}
