package io.millrace.config;

/** A setting is unknown or its value is not allowed. The message says which, where it came from and what would do. */
public final class ConfigurationException extends RuntimeException {
    public ConfigurationException(String message) {
        super(message);
    }

    public ConfigurationException(String message, Throwable cause) {
        super(message, cause);
    }
}
