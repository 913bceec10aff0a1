package io.millrace.ejb.context;

/** What is kept of a conversation can't be read; the message names it and says why, without any of its text. */
public final class DamagedException extends RuntimeException {

    private static final long serialVersionUID = 1;

    DamagedException(String message, Throwable cause) {
        super(message, cause);
    }
}
