package io.millrace.ejb.flow;

/**
 * Why a request is not served. An expected outcome, not a failure.
 *
 * @param reason         the kind
 * @param message        what was wrong, with the value, and what to do; fit for the client
 * @param param          the request's field that is to blame, or null
 * @param retryAfterSeconds when to try again, or 0 where trying again doesn't help
 */
public record Refusal(Reason reason, String message, String param, int retryAfterSeconds) {

    /** The kinds, each with the HTTP status that tells it. */
    public enum Reason {
        INVALID(400), CONTEXT_LENGTH(400), PAYMENT(402), UNKNOWN_MODEL(404), UNKNOWN_ANSWER(404), OTHER_REQUEST(409), OTHER_NODE(409),
        UNKNOWN_CONVERSATION(404), UNKNOWN_ITEM(404), CONVERSATION_BUSY(409), CONTEXT_UNAVAILABLE(503),
        RATE_LIMIT(429), BEYOND_LIMIT(429), LANE_FULL(429), DEADLINE(429),
        NO_ENGINE(503), DRAINING(503), SHUTTING_DOWN(503), AUDIT_UNAVAILABLE(503), SLOW_READER(503), ENGINE_FAILED(500);

        private final int status;

        Reason(int status) {
            this.status = status;
        }

        public int status() {
            return status;
        }
    }
}
