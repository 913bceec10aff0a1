package io.millrace.ejb.client;

import io.millrace.config.Configuration;
import java.nio.ByteBuffer;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.LongSupplier;

/**
 * What is known of the keys that were seen lately. Thread-safe; the lock is held for look-ups in memory only.
 *
 * <p>A known key counts without a look into the database while it is fresh. Then one caller looks again, while the
 * others go on with what is known. When the database is out of reach, a known key works until its grace is over. A key
 * never seen costs a lookup, of which there are only so many a second; a known one is not held up by them.
 *
 * <p>Bounds: so many known and so many unknown keys, the one unused for longest makes room; lookups of unknown keys a
 * second, and one failed lookup a second when the database is out of reach.
 */
final class KeyCache {
    /** After a lookup that failed, no other one is tried for this long. */
    private static final long PAUSE_NANOS = 1_000_000_000L;

    /** @param confirmedNanos when the database last said so */
    private record Known(Caller caller, long confirmedNanos, long freshUntilNanos) {
        Known freshUntil(long nanos) {
            return new Known(caller, confirmedNanos, nanos);
        }
    }

    private final Map<ByteBuffer, Known> known;
    private final Map<ByteBuffer, Long> unknownUntilNanos;
    private final LookupBudget budget;
    private final long freshNanos;
    private final long graceNanos;
    private final Function<byte[], Optional<Caller>> database;
    private final LongSupplier nanoTime;
    private long pausedUntilNanos;
    private long revocations;

    /** @param database finds the caller by the secret's hash, or throws when it is out of reach */
    KeyCache(Configuration.Keys bounds, Function<byte[], Optional<Caller>> database, LongSupplier nanoTime) {
        this.known = leastRecentlyUsed(bounds.cache());
        this.unknownUntilNanos = leastRecentlyUsed(bounds.cache());
        this.freshNanos = bounds.fresh().toNanos();
        this.graceNanos = bounds.grace().toNanos();
        this.database = database;
        this.nanoTime = nanoTime;
        this.pausedUntilNanos = nanoTime.getAsLong();
        this.budget = new LookupBudget(bounds.lookups(), pausedUntilNanos);
    }

    /**
     * The caller whose secret has this hash; empty when there is none.
     *
     * @throws KeysUnavailableException when that can't be told now
     */
    Optional<Caller> caller(byte[] hash) {
        ByteBuffer key = ByteBuffer.wrap(hash);
        long revocationsSeen;
        synchronized (this) {
            long now = nanoTime.getAsLong();
            Known remembered = known.get(key);
            if (remembered != null && isInGrace(remembered, now)) {
                if (now - remembered.freshUntilNanos < 0 || isPaused(now)) {
                    return Optional.of(remembered.caller);
                }
                known.put(key, remembered.freshUntil(now + freshNanos));
            } else if (remembered == null && isUnknown(key, now)) {
                return Optional.empty();
            } else {
                requireLookup(now, remembered == null);
            }
            revocationsSeen = revocations;
        }
        return lookUp(key, hash, revocationsSeen);
    }

    /** The key with this id doesn't count any more, from now on. */
    synchronized void forget(String keyId) {
        revocations++;
        known.values().removeIf(remembered -> remembered.caller.keyId().equals(keyId));
    }

    private Optional<Caller> lookUp(ByteBuffer key, byte[] hash, long revocationsSeen) {
        Optional<Caller> found;
        try {
            found = database.apply(hash);
        } catch (RuntimeException e) {
            return Optional.of(rememberedInGrace(key, e));
        }
        remember(key, found, revocationsSeen);
        return found;
    }

    private synchronized void remember(ByteBuffer key, Optional<Caller> found, long revocationsSeen) {
        long now = nanoTime.getAsLong();
        known.remove(key);
        if (found.isEmpty()) {
            unknownUntilNanos.put(key, now + freshNanos);
        } else if (revocations == revocationsSeen) {
            // else it may be the one that was revoked since the database was asked
            known.put(key, new Known(found.get(), now, now + freshNanos));
        }
    }

    private synchronized Caller rememberedInGrace(ByteBuffer key, RuntimeException failure) {
        long now = nanoTime.getAsLong();
        pausedUntilNanos = now + PAUSE_NANOS;
        Known remembered = known.get(key);
        if (remembered == null || !isInGrace(remembered, now)) {
            throw new KeysUnavailableException("the key could not be looked up: the database is out of reach", failure);
        }
        return remembered.caller;
    }

    private void requireLookup(long now, boolean counted) {
        if (isPaused(now)) {
            throw new KeysUnavailableException("the key could not be looked up: the database is out of reach", null);
        }
        if (counted && !budget.take(now)) {
            throw new KeysUnavailableException("the key could not be looked up: too many unknown keys at once", null);
        }
    }

    private boolean isInGrace(Known remembered, long now) {
        return now - remembered.confirmedNanos <= graceNanos;
    }

    private boolean isPaused(long now) {
        return now - pausedUntilNanos < 0;
    }

    private boolean isUnknown(ByteBuffer key, long now) {
        Long until = unknownUntilNanos.get(key);
        return until != null && now - until < 0;
    }

    private static <V> Map<ByteBuffer, V> leastRecentlyUsed(int most) {
        return new LinkedHashMap<>(16, 0.75f, true) {
            @Override
            protected boolean removeEldestEntry(Map.Entry<ByteBuffer, V> eldest) {
                return size() > most;
            }
        };
    }
}
