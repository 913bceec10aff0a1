package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;

/** What a client is told when no region can serve its call. No state. */
final class Refusals {

    private static final int AGAIN_SECONDS = 5;

    private Refusals() {}

    /** @param begun whether the client has a part of the answer */
    static Refusal of(RemoteException last, boolean begun) {
        int seconds = last.retryAfterSeconds();
        return switch (last.code()) {
            case CONTEXT_LENGTH -> new Refusal(Reason.CONTEXT_LENGTH, last.getMessage(), "messages", 0);
            // to go on with an answer is our wish, not the client's
            case INVALID -> begun ? lost() : new Refusal(Reason.INVALID, last.getMessage(), null, 0);
            case REFUSED_BUSY -> new Refusal(Reason.RATE_LIMIT, "Every region that serves this model is busy, the last said: "
                    + last.getMessage(), null, Math.max(1, seconds));
            case PAYMENT -> new Refusal(Reason.PAYMENT, "The account of the region that serves this model is empty: tell its operator.",
                    null, 0);
            case CONNECT, BROKEN, GARBAGE, AUTHENTICATION, UNAVAILABLE, UNSUPPORTED, CLOSED -> begun ? lost()
                    : new Refusal(Reason.NO_ENGINE, "No region can serve now; the operator finds the reason in the log.", null,
                            Math.max(AGAIN_SECONDS, seconds));
        };
    }

    private static Refusal lost() {
        return new Refusal(Reason.ENGINE_FAILED, "The region that served this request failed, and no other could go on with its answer.",
                null, AGAIN_SECONDS);
    }
}
