package io.millrace.web.auth;

import io.millrace.ejb.client.Caller;
import io.millrace.ejb.client.Keys;
import io.millrace.ejb.client.KeysUnavailableException;
import io.millrace.web.Api;
import io.millrace.web.WebSettings;
import io.millrace.web.error.ApiError;
import io.millrace.web.error.ErrorResponse;
import io.millrace.web.metrics.HttpMetrics;
import jakarta.security.auth.message.AuthException;
import jakarta.security.auth.message.AuthStatus;
import jakarta.security.auth.message.MessageInfo;
import jakarta.security.auth.message.MessagePolicy;
import jakarta.security.auth.message.callback.CallerPrincipalCallback;
import jakarta.security.auth.message.callback.GroupPrincipalCallback;
import jakarta.security.auth.message.module.ServerAuthModule;
import jakarta.security.enterprise.CallerPrincipal;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.servlet.http.HttpServletResponse;
import java.io.IOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.Map;
import java.util.Optional;
import javax.security.auth.Subject;
import javax.security.auth.callback.Callback;
import javax.security.auth.callback.CallbackHandler;
import javax.security.auth.callback.UnsupportedCallbackException;

/**
 * Authenticates by the key in {@code Authorization: Bearer}, {@code X-Api-Key} or {@code Api-Key}: the operator's token
 * or a client's. Comes before anything is read of the body. Thread-safe once it is initialised.
 *
 * <p>A module of Jakarta Authentication and no {@code HttpAuthenticationMechanism}: the container would look that bean up in JNDI
 * twice a request, which costs more than all that is done here.
 */
final class KeyModule implements ServerAuthModule {

    private static final Logger LOG = System.getLogger("io.millrace.web");

    /** Longer ones are no keys of ours and are not looked up. */
    private static final int LONGEST_KEY = 256;

    private static final int KEYS_RETRY_SECONDS = 5;

    /** Jakarta Authentication 3.0, section 3.8.1.1: {@code "true"} where a role is needed. */
    private static final String MANDATORY = "jakarta.security.auth.message.MessagePolicy.isMandatory";

    private final Keys keys;
    private final WebSettings settings;
    private final HttpMetrics metrics;
    private CallbackHandler container;

    KeyModule(Keys keys, WebSettings settings, HttpMetrics metrics) {
        this.keys = keys;
        this.settings = settings;
        this.metrics = metrics;
    }

    @Override
    public void initialize(MessagePolicy requests, MessagePolicy responses, CallbackHandler handler, Map<String, Object> options) {
        container = handler;
    }

    @Override
    public Class<?>[] getSupportedMessageTypes() {
        return new Class<?>[] {HttpServletRequest.class, HttpServletResponse.class};
    }

    @Override
    public AuthStatus validateRequest(MessageInfo message, Subject client, Subject service) throws AuthException {
        if (!Boolean.parseBoolean((String) message.getMap().get(MANDATORY))) {
            return tell(new CallerPrincipalCallback(client, (String) null));
        }
        HttpServletRequest request = (HttpServletRequest) message.getRequestMessage();
        HttpServletResponse response = (HttpServletResponse) message.getResponseMessage();
        String key = BearerKey.of(request);
        if (key == null) {
            return refuse(ApiError.unauthenticated(false), request, response);
        }
        if (isOperator(key)) {
            return login(client, new CallerPrincipal(Api.OPERATOR), Api.OPERATOR);
        }
        Optional<Caller> caller;
        try {
            caller = key.length() <= LONGEST_KEY ? keys.caller(key) : Optional.empty();
        } catch (KeysUnavailableException e) {
            return refuse(ApiError.keysUnavailable(e.retryAfterSeconds()), request, response);
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "API keys can''t be looked up", e);
            return refuse(ApiError.keysUnavailable(KEYS_RETRY_SECONDS), request, response);
        }
        return caller.isPresent() ? login(client, new ApiCaller(caller.get()), Api.CLIENT)
                : refuse(ApiError.unauthenticated(true), request, response);
    }

    @Override
    public AuthStatus secureResponse(MessageInfo message, Subject service) {
        return AuthStatus.SEND_SUCCESS;
    }

    /** Takes the same time whatever the key is. */
    private boolean isOperator(String key) {
        return settings.operatorToken().isPresent() && MessageDigest.isEqual(
                settings.operatorToken().get().getBytes(StandardCharsets.UTF_8), key.getBytes(StandardCharsets.UTF_8));
    }

    private AuthStatus login(Subject client, CallerPrincipal who, String role) throws AuthException {
        return tell(new CallerPrincipalCallback(client, who), new GroupPrincipalCallback(client, new String[] {role}));
    }

    private AuthStatus tell(Callback... news) throws AuthException {
        try {
            container.handle(news);
            return AuthStatus.SUCCESS;
        } catch (IOException | UnsupportedCallbackException e) {
            throw new AuthException(e);
        }
    }

    private AuthStatus refuse(ApiError error, HttpServletRequest request, HttpServletResponse response) throws AuthException {
        metrics.refused("authentication", error.status());
        try {
            ErrorResponse.write(error, request, response);
        } catch (IOException e) {
            throw new AuthException(e);
        }
        return AuthStatus.SEND_FAILURE;
    }
}
