package io.millrace.web.error;

import io.millrace.ejb.flow.Refusal;

/**
 * A request that is answered with an error: OpenAI's error object and the HTTP status that goes with it. Carries no
 * stack trace, because it is an answer and not a defect.
 */
public final class ApiError extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Most characters of a message: it may quote the client's own values. */
    private static final int LONGEST_MESSAGE = 600;

    private final int status;
    private final String type;
    private final String code;
    private final String param;
    private final int retryAfterSeconds;

    public ApiError(int status, String type, String code, String param, String message, int retryAfterSeconds) {
        super(brief(message), null, false, false);
        this.status = status;
        this.type = type;
        this.code = code;
        this.param = param;
        this.retryAfterSeconds = retryAfterSeconds;
    }

    /** 400: the value of one field can't be used. */
    public static ApiError invalid(String param, String message) {
        return new ApiError(400, "invalid_request_error", "invalid_value", param, message, 0);
    }

    /** 400: the field asks for something that Millrace doesn't do yet. */
    public static ApiError unsupported(String param, String what) {
        return new ApiError(400, "invalid_request_error", "unsupported_parameter", param, what + " is not supported yet.", 0);
    }

    /** 400: the body as a whole can't be read. */
    public static ApiError malformed(String message) {
        return new ApiError(400, "invalid_request_error", "invalid_json", null, message, 0);
    }

    /** 413: the body is larger than this server takes. */
    public static ApiError tooLarge(long limitBytes) {
        return new ApiError(413, "invalid_request_error", "request_too_large", null,
                "The request body is larger than the limit of " + limitBytes + " bytes.", 0);
    }

    /** 401: no key, or one that is not valid (any more). */
    public static ApiError unauthenticated(boolean keyGiven) {
        return new ApiError(401, "invalid_request_error", "invalid_api_key", null, keyGiven
                ? "Incorrect API key provided."
                : "No API key provided. Send it in the header 'Authorization: Bearer YOUR_KEY'.", 0);
    }

    /** 503: the server has more to do than it can at this moment. */
    public static ApiError overloaded(String message) {
        return new ApiError(503, "server_error", "server_is_overloaded", null, message, 1);
    }

    /** 503: nobody can say whether the key is valid. */
    public static ApiError keysUnavailable(int retryAfterSeconds) {
        return new ApiError(503, "server_error", "service_unavailable", null,
                "API keys can't be checked at this moment; try again.", retryAfterSeconds);
    }

    /** 503: the server is being stopped while the request is under way. */
    public static ApiError stopping() {
        return new ApiError(503, "server_error", "shutting_down", null, "The server is stopping.", 5);
    }

    /** 500: a defect; {@code requestId} finds it in the log. */
    public static ApiError internal(String requestId) {
        return new ApiError(500, "server_error", "internal_error", null,
                "The server failed to process the request (" + requestId + ").", 0);
    }

    /** A refusal by intake or by the flow, as the API says it. */
    public static ApiError of(Refusal refusal) {
        String code = switch (refusal.reason()) {
            case INVALID -> "invalid_value";
            case CONTEXT_LENGTH -> "context_length_exceeded";
            case PAYMENT -> "insufficient_balance";
            case UNKNOWN_MODEL -> "model_not_found";
            case UNKNOWN_ANSWER -> "answer_not_found";
            case OTHER_REQUEST -> "request_differs";
            case OTHER_NODE -> "answer_on_other_node";
            case UNKNOWN_CONVERSATION -> "conversation_not_found";
            case UNKNOWN_ITEM -> "item_not_found";
            case CONVERSATION_BUSY -> "conversation_busy";
            case CONTEXT_UNAVAILABLE -> "context_unavailable";
            case RATE_LIMIT, BEYOND_LIMIT, LANE_FULL, DEADLINE -> "rate_limit_exceeded";
            case NO_ENGINE -> "server_is_overloaded";
            case DRAINING -> "server_draining";
            case SHUTTING_DOWN -> "shutting_down";
            case AUDIT_UNAVAILABLE -> "audit_unavailable";
            case SLOW_READER -> "slow_reader";
            case ENGINE_FAILED -> "engine_failed";
        };
        return new ApiError(refusal.reason().status(), typeOf(refusal.reason().status()), code, refusal.param(),
                refusal.message(), refusal.retryAfterSeconds());
    }

    /** OpenAI's error type for a status. */
    static String typeOf(int status) {
        if (status == 429) {
            return "rate_limit_error";
        }
        return status >= 500 ? "server_error" : "invalid_request_error";
    }

    public int status() {
        return status;
    }

    public String type() {
        return type;
    }

    public String code() {
        return code;
    }

    /** The field that is to blame, or null. */
    public String param() {
        return param;
    }

    /** When to try again; 0: doesn't say. */
    public int retryAfterSeconds() {
        return retryAfterSeconds;
    }

    private static String brief(String message) {
        return message.length() <= LONGEST_MESSAGE ? message : message.substring(0, LONGEST_MESSAGE - 1) + "…";
    }
}
