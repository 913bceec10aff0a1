package io.millrace.web.auth;

import jakarta.servlet.http.HttpServletRequest;

/** Where clients put their key. */
final class BearerKey {

    private static final String SCHEME = "Bearer ";

    private BearerKey() {}

    /** The key that the request presents, or null. */
    static String of(HttpServletRequest request) {
        String authorization = request.getHeader("Authorization");
        if (authorization != null && authorization.regionMatches(true, 0, SCHEME, 0, SCHEME.length())) {
            return present(authorization.substring(SCHEME.length()));
        }
        String key = present(request.getHeader("X-Api-Key"));
        return key != null ? key : present(request.getHeader("Api-Key"));
    }

    private static String present(String key) {
        return key == null || key.isBlank() ? null : key.strip();
    }
}
