package io.millrace.ejb.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.lane.Lane;
import java.nio.ByteBuffer;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class KeyCacheTest {
    private static final int CAPACITY = 100;
    private static final int LOOKUPS_A_SECOND = 10;

    private final Map<Byte, Caller> rows = new HashMap<>();
    private long nowMillis;
    private int lookups;
    private boolean outOfReach;
    private Runnable duringLookup = () -> {};
    private final KeyCache cache = new KeyCache(
            new Configuration.Keys(CAPACITY, Duration.ofSeconds(5), Duration.ofSeconds(60), LOOKUPS_A_SECOND),
            this::database, () -> Duration.ofMillis(nowMillis).toNanos());

    @Test
    void aKnownKeyCostsOneLookupWhileItIsFresh() {
        Caller caller = key(1);
        for (int i = 0; i < 1000; i++) {
            assertEquals(Optional.of(caller), caller(1));
        }
        assertEquals(1, lookups);

        nowMillis += 5_000;
        caller(1);
        caller(1);
        assertEquals(2, lookups);
    }

    @Test
    void anUnknownKeyCostsOneLookupWhileItIsFresh() {
        assertEquals(Optional.empty(), caller(1));
        assertEquals(Optional.empty(), caller(1));
        assertEquals(1, lookups);

        nowMillis += 5_000;
        assertEquals(Optional.of(key(1)), caller(1));
    }

    @Test
    void aKeyRevokedHereStopsAtOnce() {
        key(1);
        caller(1);
        rows.remove((byte) 1);
        cache.forget("key-1");
        assertEquals(Optional.empty(), caller(1));
    }

    @Test
    void aKeyRevokedElsewhereStopsWhenItIsNoLongerFresh() {
        key(1);
        caller(1);
        rows.remove((byte) 1);
        nowMillis += 4_999;
        assertTrue(caller(1).isPresent());
        nowMillis += 1;
        assertEquals(Optional.empty(), caller(1));
    }

    @Test
    void aKeyRevokedWhileItIsLookedUpIsNotRemembered() {
        key(1);
        duringLookup = () -> {
            rows.remove((byte) 1);
            cache.forget("key-1");
            duringLookup = () -> {};
        };
        assertTrue(caller(1).isPresent(), "it came before the revocation was done");
        assertEquals(Optional.empty(), caller(1));
    }

    @Test
    void whileOneCallerLooksAgainTheOthersGoOn() {
        key(1);
        caller(1);
        nowMillis += 5_000;
        duringLookup = () -> {
            duringLookup = () -> {};
            assertTrue(caller(1).isPresent());
        };
        caller(1);
        assertEquals(2, lookups);
    }

    @Test
    void aKnownKeyWorksWithoutTheDatabaseUntilItsGraceIsOver() {
        key(1);
        caller(1);
        outOfReach = true;
        for (nowMillis = 100; nowMillis <= 60_000; nowMillis += 100) {
            assertTrue(caller(1).isPresent(), () -> "after " + nowMillis);
        }
        assertTrue(lookups <= 14, "a database that is out of reach is asked rarely, not " + lookups + " times");
        assertEquals(1, assertThrows(KeysUnavailableException.class, () -> caller(1)).retryAfterSeconds());

        outOfReach = false;
        nowMillis += 1_000;
        assertTrue(caller(1).isPresent());
    }

    @Test
    void aKeyNeverSeenIsNotCalledUnknownWhileTheDatabaseIsOutOfReach() {
        key(1);
        outOfReach = true;
        assertThrows(KeysUnavailableException.class, () -> caller(1));
        assertThrows(KeysUnavailableException.class, () -> caller(2));
        assertEquals(1, lookups, "the second one must not wait for a database that just failed");

        outOfReach = false;
        nowMillis += 1_000;
        assertTrue(caller(1).isPresent());
    }

    @Test
    void garbageNeitherFloodsTheDatabaseNorHoldsUpKnownKeys() {
        key(1);
        caller(1);
        int refused = 0;
        for (int i = 0; i < 10_000; i++) {
            nowMillis++;
            try {
                assertEquals(Optional.empty(), cache.caller(hash(1_000 + i)));
            } catch (KeysUnavailableException e) {
                refused++;
            }
            assertTrue(caller(1).isPresent());
        }
        assertTrue(refused > 9_800, "refused " + refused);
        assertTrue(lookups <= 1 + 11 * LOOKUPS_A_SECOND + 2, "lookups " + lookups);
    }

    @Test
    void theKeyUnusedForLongestMakesRoom() {
        KeyCache hasty = new KeyCache(new Configuration.Keys(CAPACITY, Duration.ofSeconds(5), Duration.ofSeconds(60), 100_000),
                this::database, () -> 0);
        for (int i = 0; i <= CAPACITY; i++) {
            key(i);
            hasty.caller(hash(i));
            hasty.caller(hash(0));
        }
        lookups = 0;
        hasty.caller(hash(0));
        hasty.caller(hash(2));
        assertEquals(0, lookups);
        hasty.caller(hash(1));
        assertEquals(1, lookups);
    }

    private Optional<Caller> caller(int secret) {
        return cache.caller(hash(secret));
    }

    private Caller key(int secret) {
        Caller caller = new Caller("key-" + secret, "name", Lane.P1);
        rows.put((byte) secret, caller);
        return caller;
    }

    private Optional<Caller> database(byte[] hash) {
        lookups++;
        if (outOfReach) {
            throw new IllegalStateException("connection refused");
        }
        Optional<Caller> found = hash[0] == 0 && hash[1] == 0 && hash[2] == 0 ? Optional.ofNullable(rows.get(hash[3])) : Optional.empty();
        duringLookup.run();
        return found;
    }

    private static byte[] hash(int secret) {
        return ByteBuffer.allocate(32).putInt(secret).array();
    }
}
