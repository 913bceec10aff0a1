package io.millrace.ejb.client;

import io.millrace.config.Configuration;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.quota.Limits;
import io.millrace.persistence.Transactions;
import io.millrace.persistence.client.ApiKeyRow;
import io.millrace.persistence.client.ApiKeys;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.security.SecureRandom;
import java.time.Instant;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.UnaryOperator;

/**
 * The API keys. Only hashes are kept. Thread-safe.
 *
 * <p>{@link #caller} is cheap enough for each request; everything else looks into the database, and throws {@link
 * KeysUnavailableException} when that is out of reach.
 */
@ApplicationScoped
public class Keys {
    /** Most keys that a list shows. */
    public static final int MOST_LISTED = 10_000;

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Transactions transactions;
    private final KeyCache cache;
    private final Limits limits;

    /** A fresh key; {@code secret} is shown here and never again. */
    public record Created(String id, String name, String secret, Lane ceiling, Instant created, OwnLimits limits) {}

    /** A key as it may be shown: {@code hint} is its first characters; {@code revoked} is null while it is good. */
    public record Listed(String id, String name, String hint, Lane ceiling, Instant created, Instant revoked, OwnLimits limits) {}

    /** For the container's proxy, which uses no field. */
    protected Keys() {
        transactions = null;
        cache = null;
        limits = null;
    }

    @Inject
    public Keys(Transactions transactions, Configuration configuration) {
        this.transactions = transactions;
        this.cache = new KeyCache(configuration.keys(), this::read, System::nanoTime);
        Configuration.Limits settings = configuration.limits();
        this.limits = new Limits(settings.requestsPerMinute(), settings.tokensPerMinute(), settings.concurrentRequests(),
                settings.tokensPerDay());
    }

    /** A key with the settings' limits. */
    public Created create(String name, Lane ceiling) {
        return create(name, ceiling, OwnLimits.OF_SETTINGS);
    }

    /**
     * @param name what its owner calls it; cut to 200 characters
     * @throws IllegalArgumentException when the name is blank
     */
    public Created create(String name, Lane ceiling, OwnLimits own) {
        if (name.isBlank()) {
            throw new IllegalArgumentException("the name of a key must not be blank");
        }
        String secret = Secrets.draw();
        ApiKeyRow row = new ApiKeyRow(freshId(), name, Secrets.hash(secret), Secrets.hint(secret), ceiling.name(),
                Instant.now(), stored(own));
        call(keys -> {
            keys.add(row);
            return row;
        });
        return new Created(row.id(), row.name(), secret, ceiling, row.createdAt(), own);
    }

    /** The newest first, at most {@value #MOST_LISTED}. */
    public List<Listed> list() {
        return call(keys -> keys.newest(MOST_LISTED)).stream()
                .map(Keys::listed)
                .toList();
    }

    /**
     * Changes a key's limits. On this node they count before this returns; on others within {@code keys.fresh}.
     *
     * @return the key as it is now; empty when there is no such key
     */
    public Optional<Listed> limit(String id, UnaryOperator<OwnLimits> change) {
        Optional<Listed> limited = call(keys -> keys.limit(id, row -> stored(change.apply(own(row))))).map(Keys::listed);
        cache.forget(id);
        return limited;
    }

    /**
     * On this node the key stops working before this returns; on others within {@code keys.fresh}.
     *
     * @return false when there is no such key
     */
    public boolean revoke(String id) {
        boolean revoked = call(keys -> keys.revoke(id, Instant.now()));
        cache.forget(id);
        return revoked;
    }

    /**
     * Who presents this key; empty when it is unknown, revoked or no key at all. Costs a SHA-256 and a look into
     * memory, about 1 µs, unless it wasn't seen within {@code keys.fresh}: then one look into an index of the database.
     *
     * @param secret as presented; null counts as no key
     * @throws KeysUnavailableException when the key isn't remembered and can't be looked up now
     */
    public Optional<Caller> caller(String secret) {
        return Secrets.isWellFormed(secret) ? cache.caller(Secrets.hash(secret)) : Optional.empty();
    }

    private Optional<Caller> read(byte[] hash) {
        return transactions.call(entities -> new ApiKeys(entities).bySecretHash(hash))
                .filter(row -> row.revokedAt() == null)
                .map(row -> new Caller(row.id(), row.name(), Lane.valueOf(row.ceiling()),
                        own(row.limits()).over(limits)));
    }

    private static Listed listed(ApiKeyRow row) {
        return new Listed(row.id(), row.name(), row.hint(), Lane.valueOf(row.ceiling()), row.createdAt(), row.revokedAt(),
                own(row.limits()));
    }

    private static OwnLimits own(ApiKeyRow.Limits row) {
        return new OwnLimits(row.requestsPerMinute(), row.tokensPerMinute(), row.concurrentRequests(), row.tokensPerDay());
    }

    private static ApiKeyRow.Limits stored(OwnLimits own) {
        return new ApiKeyRow.Limits(own.requestsPerMinute(), own.tokensPerMinute(), own.concurrentRequests(), own.tokensPerDay());
    }

    private <T> T call(Function<ApiKeys, T> work) {
        try {
            return transactions.call(entities -> work.apply(new ApiKeys(entities)));
        } catch (RuntimeException e) {
            throw new KeysUnavailableException("the keys can't be read or changed: the database is out of reach", e);
        }
    }

    private static String freshId() {
        byte[] bits = new byte[8];
        RANDOM.nextBytes(bits);
        return "key-" + HexFormat.of().formatHex(bits);
    }
}
