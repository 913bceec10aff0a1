package io.millrace.ejb.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.client.Keys.Created;
import io.millrace.ejb.client.Keys.Listed;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.quota.Limits;
import io.millrace.persistence.TestDatabase;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class KeysTest {
    private static final Configuration DEFAULTS = Configuration.load(Optional.empty(), Map.of(), new Properties());
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("api_key");

    private final Keys keys = new Keys(DATABASE.transactions(), DEFAULTS);

    @Test
    void aFreshKeyIsKnownListedAndRevoked() {
        Created created = keys.create("Ann's laptop", Lane.P2);
        assertEquals(Optional.of(new Caller(created.id(), "Ann's laptop", Lane.P2)), keys.caller(created.secret()));

        Listed listed = keys.list().getFirst();
        assertEquals(new Listed(created.id(), "Ann's laptop", created.secret().substring(0, 7), Lane.P2, created.created(), null, OwnLimits.OF_SETTINGS), listed);

        assertTrue(keys.revoke(created.id()));
        assertEquals(Optional.empty(), keys.caller(created.secret()));
        assertNotNull(keys.list().getFirst().revoked());
    }

    @Test
    void aKeysOwnLimitsGoBeforeTheSettingsAndCountAtOnceWhenTheyChange() {
        Properties settings = new Properties();
        settings.setProperty("millrace.limits.requests-per-minute", "60");
        settings.setProperty("millrace.limits.tokens-per-day", "1000");
        Keys limited = new Keys(DATABASE.transactions(), Configuration.load(Optional.empty(), Map.of(), settings));
        Created created = limited.create("a", Lane.P1, new OwnLimits(null, 500, null, 0));
        assertEquals(new Limits(60, 500, 0, 0), limited.caller(created.secret()).orElseThrow().limits());

        Listed changed = limited.limit(created.id(), own -> new OwnLimits(7, own.tokensPerMinute(), 2, null)).orElseThrow();
        assertEquals(new OwnLimits(7, 500, 2, null), changed.limits());
        assertEquals(changed, limited.list().getFirst());
        assertEquals(new Limits(7, 500, 2, 1000), limited.caller(created.secret()).orElseThrow().limits());
        assertTrue(limited.limit("key-none", own -> own).isEmpty());
        assertThrows(IllegalArgumentException.class, () -> new OwnLimits(-1, null, null, null));
    }

    @Test
    void knowsNobodyByAnotherText() {
        keys.create("a", Lane.P0);
        assertEquals(Optional.empty(), keys.caller(null));
        assertEquals(Optional.empty(), keys.caller("sk-123"));
        assertEquals(Optional.empty(), keys.caller(Secrets.draw()));
        assertFalse(keys.revoke("key-none"));
    }

    @Test
    void onlyTheHashOfASecretIsStored() throws Exception {
        Created created = keys.create("a", Lane.P1);
        List<String> rows = DATABASE.query("select row_to_json(k)::text from api_key k");

        String everything = String.join("\n", rows);
        String secretBits = created.secret().substring(3);
        assertFalse(everything.contains(secretBits), everything);
        assertFalse(everything.contains(secretBits.substring(4)), everything);
        assertFalse(everything.contains(HexFormat.of().formatHex(created.secret().getBytes())), everything);
        assertTrue(everything.contains(HexFormat.of().formatHex(Secrets.hash(created.secret()))), everything);
    }

    @Test
    void namesThatPostgresWouldRefuseAreCleanedAndBlankOnesRefused() {
        assertEquals("a\uFFFDb", keys.create("a\0b", Lane.P1).name());
        assertEquals(200, keys.create("x".repeat(5_000), Lane.P1).name().length());
        assertThrows(IllegalArgumentException.class, () -> keys.create(" ", Lane.P1));
        assertNull(keys.list().getFirst().revoked());
    }

    @Test
    void anotherNodesKeyIsKnownHereAtOnce() {
        Keys otherNode = new Keys(DATABASE.transactions(), DEFAULTS);
        Created created = otherNode.create("a", Lane.P1);
        assertTrue(keys.caller(created.secret()).isPresent());
    }

    @Test
    void aDatabaseOutOfReachIsNotTakenForAnUnknownKey() throws Exception {
        try (TestDatabase doomed = new TestDatabase()) {
            Keys there = new Keys(doomed.transactions(), DEFAULTS);
            Created known = there.create("a", Lane.P1);
            there.caller(known.secret());
            doomed.stopServer();

            assertTrue(there.caller(known.secret()).isPresent(), "it was seen a moment ago");
            assertThrows(KeysUnavailableException.class, () -> there.caller(Secrets.draw()));
            assertThrows(KeysUnavailableException.class, there::list);
            assertThrows(KeysUnavailableException.class, () -> there.create("b", Lane.P1));
        }
    }
}
