package io.millrace.web.openai;

import jakarta.servlet.http.HttpServletRequest;

/**
 * What a request's headers say of it beside its body; null where they don't.
 *
 * @param priority     lane
 * @param conversation the conversation that it belongs to
 * @param busy         {@code wait} or {@code refuse}, where another request has the conversation
 */
public record Wishes(String priority, String conversation, String busy) {

    static final String PRIORITY = "X-Millrace-Priority";
    static final String CONVERSATION = "X-Conversation-Id";
    static final String BUSY = "X-Conversation-Busy";

    static final Wishes NONE = new Wishes(null, null, null);

    public static Wishes of(HttpServletRequest request) {
        return new Wishes(request.getHeader(PRIORITY), request.getHeader(CONVERSATION), request.getHeader(BUSY));
    }
}
