package io.millrace.web.auth;

import io.millrace.ejb.client.Caller;
import io.millrace.web.error.ApiError;
import jakarta.security.enterprise.CallerPrincipal;
import jakarta.servlet.http.HttpServletRequest;

/** The owner of an API key as Jakarta Security sees him. */
public final class ApiCaller extends CallerPrincipal {

    private static final long serialVersionUID = 1L;

    private final transient Caller caller;

    ApiCaller(Caller caller) {
        super(caller.keyId());
        this.caller = caller;
    }

    /** Who sends this request. */
    public static Caller of(HttpServletRequest request) {
        if (request.getUserPrincipal() instanceof ApiCaller principal) {
            return principal.caller;
        }
        throw ApiError.unauthenticated(false);
    }
}
