package io.millrace.config;

import java.util.Objects;

/**
 * A text that must not be shown; {@code toString} hides it, so that a record that holds one can be logged.
 *
 * @param reveal the text; empty when it isn't set
 */
public record Secret(String reveal) {
    public Secret {
        Objects.requireNonNull(reveal, "reveal");
    }

    public boolean isSet() {
        return !reveal.isEmpty();
    }

    @Override
    public String toString() {
        return isSet() ? "***" : "not set";
    }
}
