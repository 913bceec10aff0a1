package io.millrace.ejb.intake;

import io.millrace.ejb.flow.Refusal;

/** Carries a refusal out of the steps of the intake; never leaves this package. */
final class RefusedException extends Exception {

    private static final long serialVersionUID = 1L;

    private final transient Refusal refusal;

    RefusedException(Refusal.Reason reason, String message, String param, int retryAfterSeconds) {
        this(new Refusal(reason, message, param, retryAfterSeconds));
    }

    RefusedException(Refusal refusal) {
        super(refusal.message(), null, false, false);
        this.refusal = refusal;
    }

    Refusal refusal() {
        return refusal;
    }
}
