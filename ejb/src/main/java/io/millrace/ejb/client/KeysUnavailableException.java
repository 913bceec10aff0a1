package io.millrace.ejb.client;

/** Whether a key is good can't be told now; the door answers 503 and asks to try again. */
public class KeysUnavailableException extends RuntimeException {
    private static final long serialVersionUID = 1;
    private static final int RETRY_AFTER_SECONDS = 1;

    KeysUnavailableException(String message, Throwable cause) {
        super(message, cause);
    }

    /** When to try again. */
    public int retryAfterSeconds() {
        return RETRY_AFTER_SECONDS;
    }
}
