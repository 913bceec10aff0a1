package io.millrace.web.auth;

import io.millrace.ejb.client.Caller;
import io.millrace.ejb.client.Keys;
import io.millrace.ejb.client.KeysUnavailableException;
import io.millrace.web.Api;
import io.millrace.web.WebSettings;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorResponse;
import io.millrace.web.metrics.HttpMetrics;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import jakarta.security.enterprise.AuthenticationStatus;
import jakarta.security.enterprise.CallerPrincipal;
import jakarta.security.enterprise.authentication.mechanism.http.HttpAuthenticationMechanism;
import jakarta.security.enterprise.authentication.mechanism.http.HttpMessageContext;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Optional;
import java.util.Set;

/**
 * Authenticates by the key in {@code Authorization: Bearer}, {@code X-Api-Key} or {@code Api-Key}: the operator's token
 * or a client's. Comes before anything is read of the body. There is no identity store, because {@link Keys} is one.
 */
@ApplicationScoped
public class KeyMechanism implements HttpAuthenticationMechanism {

    private static final Logger LOG = System.getLogger("io.millrace.web");

    /** Longer ones are no keys of ours and are not looked up. */
    private static final int LONGEST_KEY = 256;

    private static final int KEYS_RETRY_SECONDS = 5;

    @Inject
    private Keys keys;

    @Inject
    private WebSettings settings;

    @Inject
    private HttpMetrics metrics;

    @Override
    public AuthenticationStatus validateRequest(HttpServletRequest request, HttpServletResponse response, HttpMessageContext context) {
        if (!context.isProtected()) {
            return context.doNothing();
        }
        String key = BearerKey.of(request);
        if (key == null) {
            return refuse(ApiError.unauthenticated(false), request, response);
        }
        if (isOperator(key)) {
            return context.notifyContainerAboutLogin(new CallerPrincipal(Api.OPERATOR), Set.of(Api.OPERATOR));
        }
        try {
            Optional<Caller> caller = key.length() <= LONGEST_KEY ? keys.caller(key) : Optional.empty();
            return caller.isPresent()
                    ? context.notifyContainerAboutLogin(new ApiCaller(caller.get()), Set.of(Api.CLIENT))
                    : refuse(ApiError.unauthenticated(true), request, response);
        } catch (KeysUnavailableException e) {
            return refuse(ApiError.keysUnavailable(e.retryAfterSeconds()), request, response);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "API keys can''t be looked up", e);
            return refuse(ApiError.keysUnavailable(KEYS_RETRY_SECONDS), request, response);
        }
    }

    /** Takes the same time whatever the key is. */
    private boolean isOperator(String key) {
        return settings.operatorToken().isPresent() && MessageDigest.isEqual(
                settings.operatorToken().get().getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }

    private AuthenticationStatus refuse(ApiError error, HttpServletRequest request, HttpServletResponse response) {
        metrics.refused("authentication", error.status());
        try {
            ErrorResponse.write(error, request, response);
        } catch (IOException e) {
            throw new UncheckedIOException("Can't write the refusal", e);
        }
        return AuthenticationStatus.SEND_FAILURE;
    }
}
