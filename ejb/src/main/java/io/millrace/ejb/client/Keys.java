package io.millrace.ejb.client;

import io.millrace.ejb.lane.Lane;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/** STUB: contract only for now; API keys. Becomes an injectable class with these methods. Only hashes are kept. */
public interface Keys {
    /** A fresh key; {@code secret} is shown here and never again. */
    record Created(String id, String name, String secret, Lane ceiling, Instant created) {}

    /** A key as it may be shown: {@code hint} is its first characters. */
    record Listed(String id, String name, String hint, Lane ceiling, Instant created, Instant revoked) {}

    Created create(String name, Lane ceiling);

    List<Listed> list();

    /** @return false when there is no such key */
    boolean revoke(String id);

    /** Who presents this key; empty when it is unknown or revoked. Cheap enough for each request. */
    Optional<Caller> caller(String secret);
}
