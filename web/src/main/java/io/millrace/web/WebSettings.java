package io.millrace.web;

import io.millrace.config.Configuration;
import io.millrace.config.Secret;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;

/** What can be set about the HTTP side. Immutable. */
@ApplicationScoped
public class WebSettings {

    private Configuration configuration;

    /** For the container's proxy. */
    protected WebSettings() {
    }

    @Inject
    public WebSettings(Configuration configuration) {
        this.configuration = configuration;
    }

    /** Largest request body, bytes; a larger one is refused with 413. */
    public int maxBodyBytes() {
        return Math.toIntExact(configuration.http().maxBody().bytes());
    }

    /** Bytes of all bodies that are being read or parsed at one time; what would exceed it is refused with 503. */
    public long maxBodiesBytes() {
        return configuration.http().maxBodies().bytes();
    }

    /** Requests that may be open at one time; one more is refused with 503. */
    public int maxExchanges() {
        return configuration.http().maxExchanges();
    }

    /** Most messages of one chat request; a longer one is refused with 400. */
    public int maxMessages() {
        return configuration.http().maxMessages();
    }

    /** How long a client may leave a piece of its answer unread before it is given up. */
    public Duration writeTimeout() {
        return configuration.http().writeTimeout();
    }

    /** How often a waiting client gets a sign of life. */
    public Duration keepAlive() {
        return configuration.http().keepAlive();
    }

    /** The operator's token; without one nobody is an operator. */
    public Optional<String> operatorToken() {
        return Optional.of(configuration.operator().token()).map(Secret::reveal).filter(token -> !token.isEmpty());
    }
}
