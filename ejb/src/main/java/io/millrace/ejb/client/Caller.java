package io.millrace.ejb.client;

import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.quota.Limits;
import java.util.Objects;

/**
 * Who sends a request: the owner of an API key, never the key itself.
 *
 * @param keyId   id of the key's row
 * @param name    the name its owner gave it
 * @param ceiling the highest lane this key may ask for
 * @param limits  how much it may use, the settings' limits where it has none of its own
 */
public record Caller(String keyId, String name, Lane ceiling, Limits limits) {

    /** Without limits. */
    public Caller(String keyId, String name, Lane ceiling) {
        this(keyId, name, ceiling, Limits.NONE);
    }

    public Caller {
        Objects.requireNonNull(keyId, "keyId");
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(ceiling, "ceiling");
        Objects.requireNonNull(limits, "limits");
    }
}
