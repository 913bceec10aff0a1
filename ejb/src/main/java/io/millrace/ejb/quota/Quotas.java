package io.millrace.ejb.quota;

import io.millrace.config.Configuration;
import io.millrace.persistence.Fault;
import io.millrace.persistence.Transactions;
import io.millrace.persistence.audit.AuditLog;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The quota of each key that has a limit. Thread-safe; a key's calls wait for each other only as long as arithmetic
 * takes, and for those of other keys never.
 *
 * <p>What a key used today before this process began, or before its quota was dropped, is in the audit. It is read
 * before the first call of a key with a limit a day, by the thread of that call.
 *
 * <p>Bound: a key's quota is dropped when it was not in use for {@value #IDLE_MINUTES} minutes. By then its buckets are
 * full, and its last calls are in the audit or never will be ({@code audit.timeout} is at most 5 minutes).
 *
 * <p>The nodes of a cluster count together, approximately: each heeds what the others have told by then, which is some
 * 50 ms old ({@link Sharing}). What they let through meanwhile may be too much, never too little.
 */
@ApplicationScoped
public class Quotas {

    private static final Logger LOG = Logger.getLogger(Quotas.class.getName());
    private static final int IDLE_MINUTES = 10;
    private static final Duration IDLE = Duration.ofMinutes(IDLE_MINUTES);
    private static final Duration BETWEEN_SWEEPS = Duration.ofMinutes(1);

    private final Map<String, Quota> byKey = new ConcurrentHashMap<>();
    private final AtomicLong sweepAtNanos = new AtomicLong(System.nanoTime() + BETWEEN_SWEEPS.toNanos());
    private final Transactions transactions;
    private final Duration patience;
    /** Null: this node is alone. */
    private volatile Peers peers;

    /** For the container's proxy. */
    protected Quotas() {
        transactions = null;
        patience = null;
    }

    @Inject
    public Quotas(Transactions transactions, Configuration configuration) {
        this.transactions = transactions;
        this.patience = configuration.audit().timeout();
    }

    /**
     * Sets so many tokens and a place aside.
     *
     * @param received when the call came: it counts for the UTC day in which that lies
     * @param tokens   that the call needs at least
     * @param likely   tokens that it will probably need in the end
     * @return empty where the key has no limit and nothing is counted
     */
    public Optional<Verdict> reserve(String keyId, Limits limits, Instant received, long tokens, long likely) {
        Moment now = new Moment(System.nanoTime(), received);
        sweep(now.nanos());
        Verdict verdict = null;
        while (verdict == null) {
            Quota quota = limits.none() ? byKey.get(keyId) : byKey.computeIfAbsent(keyId, _ -> new Quota(now));
            if (quota == null) {
                return Optional.empty();
            }
            if (peers != null && !limits.none()) {
                quota.heed(peers.of(keyId), limits, now);
            }
            Verdict unknown = limits.tokensPerDay() == 0 ? null : learn(keyId, quota, now);
            verdict = unknown != null ? unknown : quota.reserve(limits, now, tokens, likely);
            if (verdict == null) {
                byKey.remove(keyId, quota);
            }
        }
        return Optional.of(verdict);
    }

    /** How a key stands now; never waits. What it used today is left out where nobody has asked the audit yet. */
    public Standing standing(String keyId, Limits limits) {
        if (limits.none()) {
            return Standing.UNLIMITED;
        }
        Moment now = new Moment(System.nanoTime(), Instant.now());
        Quota quota = byKey.get(keyId);
        return (quota == null ? new Quota(now) : quota).standing(limits, now);
    }

    /** From now on other nodes count too. */
    public void share(Peers others) {
        peers = others;
    }

    /** Tells them what was let through since the last time. One thread at a time. */
    public void tell() {
        peers.look();
        byKey.forEach((keyId, quota) -> {
            if (quota.untold()) {
                peers.tell(keyId, () -> quota.use(new Moment(System.nanoTime(), Instant.now())));
            }
        });
    }

    /** How many keys' quotas are held. */
    int size() {
        return byKey.size();
    }

    /** Has the quota know what was used today; null when it does, otherwise why it can't. One call reads for all. */
    private Verdict.Unknown learn(String keyId, Quota quota, Moment now) {
        if (quota.knows(now)) {
            return null;
        }
        try {
            if (!quota.learning().tryLock(patience.toMillis(), TimeUnit.MILLISECONDS)) {
                return new Verdict.Unknown("the database takes too long");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            return new Verdict.Unknown("the server is stopping");
        }
        try {
            if (!quota.knows(now)) {
                quota.learn(now.day(), read(keyId, now.day()));
            }
            return null;
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "What key " + keyId + " used today can't be read from the audit", e);
            return new Verdict.Unknown(Fault.reason(e));
        } finally {
            quota.learning().unlock();
        }
    }

    private long read(String keyId, long day) {
        Instant midnight = LocalDate.ofEpochDay(day).atStartOfDay().toInstant(ZoneOffset.UTC);
        return transactions.call(entities -> {
            AuditLog log = new AuditLog(entities);
            log.limit(patience);
            return log.tokensSince(keyId, midnight);
        });
    }

    /** One thread a minute looks who can be dropped. */
    private void sweep(long nowNanos) {
        long at = sweepAtNanos.get();
        if (nowNanos - at >= 0 && sweepAtNanos.compareAndSet(at, nowNanos + BETWEEN_SWEEPS.toNanos())) {
            sweep(nowNanos, IDLE);
        }
    }

    void sweep(long nowNanos, Duration idle) {
        byKey.forEach((keyId, quota) -> {
            if (quota.retire(nowNanos, idle)) {
                byKey.remove(keyId, quota);
                if (peers != null) {
                    peers.forget(keyId);
                }
            }
        });
    }
}
