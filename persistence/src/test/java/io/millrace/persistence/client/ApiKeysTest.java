package io.millrace.persistence.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.Fault;
import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.client.ApiKeyRow.Limits;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class ApiKeysTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00.123456Z");
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("api_key");

    @Test
    void findsAKeyByTheHashOfItsSecret() {
        run(keys -> keys.add(key("a", 1, NOON)));

        ApiKeyRow found = call(keys -> keys.bySecretHash(hash(1))).orElseThrow();
        assertEquals("a", found.id());
        assertEquals(NOON, found.createdAt());
        assertNull(found.revokedAt());
        assertTrue(call(keys -> keys.bySecretHash(hash(2))).isEmpty());
    }

    @Test
    void listsTheNewestFirstAndNoMoreThanAskedFor() {
        run(keys -> {
            keys.add(key("old", 1, NOON));
            keys.add(key("new", 2, NOON.plusSeconds(1)));
        });

        assertEquals(List.of("new", "old"), call(keys -> keys.newest(10)).stream().map(ApiKeyRow::id).toList());
        assertEquals(List.of("new"), call(keys -> keys.newest(1)).stream().map(ApiKeyRow::id).toList());
    }

    @Test
    void theFirstRevocationCounts() {
        run(keys -> keys.add(key("a", 1, NOON)));

        assertEquals(true, call(keys -> keys.revoke("a", NOON.plusSeconds(1))));
        assertEquals(true, call(keys -> keys.revoke("a", NOON.plusSeconds(2))));
        assertEquals(false, call(keys -> keys.revoke("b", NOON)));
        assertEquals(NOON.plusSeconds(1), call(keys -> keys.bySecretHash(hash(1))).orElseThrow().revokedAt());
    }

    @Test
    void limitsAreTheSettingsUntilTheyAreChangedOneByOne() {
        run(keys -> keys.add(key("a", 1, NOON)));
        assertEquals(Limits.OF_SETTINGS, call(keys -> keys.bySecretHash(hash(1))).orElseThrow().limits());

        run(keys -> keys.limit("a", old -> new Limits(0, old.tokensPerMinute(), 4, 1000)));
        run(keys -> keys.limit("a", old -> new Limits(old.requestsPerMinute(), 50, null, old.tokensPerDay())));
        assertEquals(new Limits(0, 50, null, 1000), call(keys -> keys.bySecretHash(hash(1))).orElseThrow().limits());
        assertTrue(call(keys -> keys.limit("b", old -> old)).isEmpty());
    }

    @Test
    void keepsNamesThatPostgresWouldRefuse() {
        run(keys -> keys.add(new ApiKeyRow("a", "x\0\uD800" + "y".repeat(300), hash(1), "mr-abcd", "P1", NOON, Limits.OF_SETTINGS)));

        String name = call(keys -> keys.newest(1)).getFirst().name();
        assertTrue(name.startsWith("x\uFFFD\uFFFDy"), name);
        assertEquals(200, name.length());
    }

    @Test
    void twoKeysWithOneSecretAreTheDatasFault() {
        run(keys -> keys.add(key("a", 1, NOON)));
        Exception refused = assertThrows(RuntimeException.class, () -> run(keys -> keys.add(key("b", 1, NOON))));
        assertEquals(Fault.DATA, Fault.of(refused));
    }

    private static void run(Consumer<ApiKeys> work) {
        call(keys -> {
            work.accept(keys);
            return null;
        });
    }

    private static <T> T call(Function<ApiKeys, T> work) {
        return DATABASE.transactions().call(entities -> work.apply(new ApiKeys(entities)));
    }

    private static ApiKeyRow key(String id, int secret, Instant created) {
        return new ApiKeyRow(id, "name of " + id, hash(secret), "mr-abcd", "P1", created, Limits.OF_SETTINGS);
    }

    private static byte[] hash(int secret) {
        byte[] hash = new byte[32];
        Arrays.fill(hash, (byte) secret);
        return hash;
    }
}
