package io.millrace.persistence.audit;

import jakarta.persistence.EntityManager;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** Reads the audit's rows, within a transaction that the caller holds. Owned by that transaction's thread. */
public final class AuditLog {
    private final EntityManager entities;

    public AuditLog(EntityManager entities) {
        this.entities = entities;
    }

    /** A statement of this transaction that takes longer is cancelled by the database, so that nobody waits for a lock. */
    public void limit(Duration patience) {
        entities.createNativeQuery("select set_config('statement_timeout', :millis, true)", String.class)
                .setParameter("millis", Long.toString(patience.toMillis()))
                .getSingleResult();
    }

    /**
     * Tokens of prompts and answers of a key's calls received since then. Calls that were refused, or ended before they
     * had their first step, used none. Looks at each of these rows, by the index on key and time.
     */
    public long tokensSince(String keyId, Instant since) {
        return entities.createQuery("""
                        select coalesce(sum(a.tokens.prompt + a.tokens.completion), 0) from AuditRow a
                        where a.origin.keyId = :key and a.receivedAt >= :since
                        and a.ending.outcome <> 'refused' and a.timing.queuedMicros < a.timing.totalMicros""", Long.class)
                .setParameter("key", keyId)
                .setParameter("since", since)
                .getSingleResult();
    }

    public Optional<AuditRow> byCallId(String callId) {
        return entities.createQuery("select a from AuditRow a where a.callId = :call", AuditRow.class)
                .setParameter("call", callId)
                .getResultStream()
                .findFirst();
    }
}
