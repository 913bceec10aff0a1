package io.millrace.persistence.client;

import jakarta.persistence.EntityManager;
import jakarta.persistence.LockModeType;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/** The API keys, within a transaction that the caller holds. Owned by that transaction's thread. */
public final class ApiKeys {
    private final EntityManager entities;

    public ApiKeys(EntityManager entities) {
        this.entities = entities;
    }

    public void add(ApiKeyRow key) {
        entities.persist(key);
    }

    /** The newest first, revoked ones too. */
    public List<ApiKeyRow> newest(int most) {
        return entities.createQuery("select k from ApiKeyRow k order by k.createdAt desc, k.id", ApiKeyRow.class)
                .setMaxResults(most)
                .getResultList();
    }

    /** @return false when there is no such key; true also for one that was revoked before */
    public boolean revoke(String id, Instant at) {
        ApiKeyRow key = entities.find(ApiKeyRow.class, id);
        if (key == null) {
            return false;
        }
        key.revoke(at);
        return true;
    }

    /** @return the key as it is now; empty when there is no such key */
    public Optional<ApiKeyRow> limit(String id, UnaryOperator<ApiKeyRow.Limits> change) {
        Optional<ApiKeyRow> key = Optional.ofNullable(entities.find(ApiKeyRow.class, id, LockModeType.PESSIMISTIC_WRITE));
        key.ifPresent(row -> row.limit(change.apply(row.limits())));
        return key;
    }

    /** The key whose secret has this SHA-256, revoked or not. One look into a unique index. */
    public Optional<ApiKeyRow> bySecretHash(byte[] hash) {
        return entities.createQuery("select k from ApiKeyRow k where k.secretHash = :hash", ApiKeyRow.class)
                .setParameter("hash", hash)
                .getResultStream()
                .findFirst();
    }
}
