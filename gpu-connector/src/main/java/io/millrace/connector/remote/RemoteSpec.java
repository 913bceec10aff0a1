package io.millrace.connector.remote;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Objects;

/**
 * Which server. Two specs that are equal share kept connections and the entries of one JCA pool.
 *
 * @param name           what operators call it; in messages
 * @param base           {@code http} or {@code https}, usually ending in {@code /v1}, without a slash at the end
 * @param dialect        what it understands beyond the common protocol
 * @param key            sent as {@code Authorization: Bearer}; null: none is sent
 * @param authorities    PEM file of the certificates that are trusted, in place of the JDK's own; null: those of the JDK
 * @param connectTimeout longest wait for a TCP connection and its TLS handshake
 * @param http           which HTTP is spoken
 */
public record RemoteSpec(String name, URI base, Dialect dialect, String key, Path authorities, Duration connectTimeout,
                         HttpVersion http) {

    public RemoteSpec {
        Objects.requireNonNull(name, "name");
        Objects.requireNonNull(base, "base");
        Objects.requireNonNull(dialect, "dialect");
        Objects.requireNonNull(connectTimeout, "connectTimeout");
        Objects.requireNonNull(http, "http");
        require("http".equals(base.getScheme()) || "https".equals(base.getScheme()), name + ": the address must begin "
                + "with http:// or https://");
        require(base.getHost() != null && base.getRawUserInfo() == null && base.getRawQuery() == null
                && base.getRawFragment() == null, name + ": the address must be a host and a path, nothing else");
        require(!base.getRawPath().endsWith("/"), name + ": the address must not end in a slash: " + base);
        require(key == null || !key.isEmpty() && key.chars().allMatch(each -> each > ' ' && each < 0x7f),
                name + ": the key must be visible ASCII characters without blanks");
        require(connectTimeout.isPositive(), name + ": connectTimeout must be positive: " + connectTimeout);
    }

    /** Without the key. */
    @Override
    public String toString() {
        return name + " (" + dialect + " at " + base + ')';
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
