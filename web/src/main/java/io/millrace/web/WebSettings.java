package io.millrace.web;

import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Optional;
import org.eclipse.microprofile.config.inject.ConfigProperty;

/** What can be set about the HTTP side, with its defaults. Immutable. */
@ApplicationScoped
public class WebSettings {

    private final int maxBodyBytes;
    private final long maxBodiesBytes;
    private final int maxExchanges;
    private final Duration keepAlive;
    private final Optional<String> operatorToken;

    /** For the container's proxy. */
    protected WebSettings() {
        this(8 << 20, 256L << 20, 4096, Duration.ofSeconds(5), Optional.empty());
    }

    @Inject
    public WebSettings(@ConfigProperty(name = "http.max-body-bytes", defaultValue = "8388608") int maxBodyBytes,
                       @ConfigProperty(name = "http.max-bodies-bytes", defaultValue = "268435456") long maxBodiesBytes,
                       @ConfigProperty(name = "http.max-exchanges", defaultValue = "4096") int maxExchanges,
                       @ConfigProperty(name = "http.keep-alive", defaultValue = "PT5S") Duration keepAlive,
                       @ConfigProperty(name = "operator.token") Optional<String> operatorToken) {
        this.maxBodyBytes = maxBodyBytes;
        this.maxBodiesBytes = maxBodiesBytes;
        this.maxExchanges = maxExchanges;
        this.keepAlive = keepAlive;
        this.operatorToken = operatorToken.filter(token -> !token.isBlank());
    }

    /** Largest request body, bytes; a larger one is refused with 413. */
    public int maxBodyBytes() {
        return maxBodyBytes;
    }

    /** Bytes of all bodies that are being read or parsed at one time; what would exceed it is refused with 503. */
    public long maxBodiesBytes() {
        return maxBodiesBytes;
    }

    /** Requests that may be open at one time; one more is refused with 503. */
    public int maxExchanges() {
        return maxExchanges;
    }

    /** How often a waiting client gets a sign of life. */
    public Duration keepAlive() {
        return keepAlive;
    }

    /** The operator's token; without one nobody is an operator. */
    public Optional<String> operatorToken() {
        return operatorToken;
    }
}
