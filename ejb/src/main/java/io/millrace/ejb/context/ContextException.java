package io.millrace.ejb.context;

import io.millrace.ejb.flow.Refusal;

/** A conversation can't be had; carries what the client is told. */
public final class ContextException extends Exception {

    private static final long serialVersionUID = 1;

    private final transient Refusal refusal;

    ContextException(Refusal.Reason reason, String message, String param, int retryAfterSeconds) {
        super(message, null, false, false);
        this.refusal = new Refusal(reason, message, param, retryAfterSeconds);
    }

    public Refusal refusal() {
        return refusal;
    }
}
