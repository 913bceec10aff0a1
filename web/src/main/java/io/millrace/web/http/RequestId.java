package io.millrace.web.http;

import jakarta.servlet.http.HttpServletRequest;
import java.util.UUID;

/** The id that a response carries in {@code X-Request-Id}: the call's where there is one, otherwise one of its own. */
public final class RequestId {

    public static final String HEADER = "X-Request-Id";

    private static final String ATTRIBUTE = RequestId.class.getName();

    private RequestId() {}

    /** From here on the request goes by the id of its call. */
    public static void set(HttpServletRequest request, String callId) {
        request.setAttribute(ATTRIBUTE, callId);
    }

    public static String of(HttpServletRequest request) {
        if (request.getAttribute(ATTRIBUTE) instanceof String id) {
            return id;
        }
        String id = "req-" + UUID.randomUUID();
        request.setAttribute(ATTRIBUTE, id);
        return id;
    }
}
