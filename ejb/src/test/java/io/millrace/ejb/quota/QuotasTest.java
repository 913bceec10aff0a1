package io.millrace.ejb.quota;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.config.Configuration;
import io.millrace.ejb.quota.Verdict.Granted;
import io.millrace.ejb.quota.Verdict.Refused;
import io.millrace.persistence.TestDatabase;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Properties;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class QuotasTest {

    private static final Configuration DEFAULTS = Configuration.load(Optional.empty(), Map.of(), new Properties());
    private static final Limits A_DAY = new Limits(0, 0, 0, 100);
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("audit_call");

    private final Instant received = Instant.now();
    private final Quotas quotas = new Quotas(DATABASE.transactions(), DEFAULTS);

    @Test
    void whatTheAuditHasOfTodayIsSpent() throws Exception {
        audited("key-1", 60);
        audited("key-2", 40);
        assertEquals(new Standing(null, null), quotas.standing("key-1", A_DAY), "nobody has asked the audit yet");
        Refused refused = assertInstanceOf(Refused.class, reserve("key-1", 41));
        assertEquals(40, refused.left());
        assertEquals(40, quotas.standing("key-1", A_DAY).tokens().left());
        assertInstanceOf(Granted.class, reserve("key-1", 40));
    }

    @Test
    void aKeyThatIsDroppedIsReadAgain() throws Exception {
        Reservation reservation = assertInstanceOf(Granted.class, reserve("key-1", 100)).reservation();
        quotas.sweep(System.nanoTime(), Duration.ZERO);
        assertEquals(1, quotas.size(), "a call is under way");
        reservation.settle(new Moment(System.nanoTime(), received), 70);
        audited("key-1", 70);
        quotas.sweep(System.nanoTime(), Duration.ZERO);
        assertEquals(0, quotas.size());
        assertEquals(30, assertInstanceOf(Refused.class, reserve("key-1", 31)).left());
    }

    @Test
    void aKeyWithoutLimitsCostsNothing() {
        assertEquals(Optional.empty(), quotas.reserve("key-1", Limits.NONE, received, 1_000_000, 0));
        assertEquals(Standing.UNLIMITED, quotas.standing("key-1", Limits.NONE));
        assertEquals(0, quotas.size());
    }

    @Test
    void nothingPassesADaysLimitWhileTheAuditCanNotBeRead() throws Exception {
        try (TestDatabase doomed = new TestDatabase()) {
            Quotas there = new Quotas(doomed.transactions(), DEFAULTS);
            doomed.stopServer();
            assertInstanceOf(Verdict.Unknown.class, there.reserve("key-1", A_DAY, received, 1, 0).orElseThrow());
            assertInstanceOf(Granted.class, there.reserve("key-1", new Limits(1, 1, 1, 0), received, 1, 0).orElseThrow());
        }
    }

    private Verdict reserve(String key, long tokens) {
        return quotas.reserve(key, A_DAY, received, tokens, 0).orElseThrow();
    }

    private static void audited(String key, int tokens) throws Exception {
        assertTrue(DATABASE.query("""
                insert into audit_call (id, received_at, call_id, key_id, endpoint, lane, queued_micros, total_micros, prompt_tokens,
                completion_tokens, cached_tokens, outcome)
                values (gen_random_uuid(), now(), gen_random_uuid(), '%s', '/v1/x', 'P1', 1, 2, %d, 0, 0, 'ok')""".formatted(key, tokens)).isEmpty());
    }
}
