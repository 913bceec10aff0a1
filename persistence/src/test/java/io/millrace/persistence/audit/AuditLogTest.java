package io.millrace.persistence.audit;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.Fault;
import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.audit.AuditRow.Ending;
import io.millrace.persistence.audit.AuditRow.Origin;
import io.millrace.persistence.audit.AuditRow.Timing;
import io.millrace.persistence.audit.AuditRow.Tokens;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class AuditLogTest {
    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00.123456789Z");
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("audit_call");

    @Test
    void keepsEveryFieldOfACall() {
        AuditRow written = new AuditRow(UUID.randomUUID(), NOON, "call-1", new Origin("key-1", "/v1/chat/completions", "m", "P1"),
                new Timing(1, 2L, 3), new Tokens(4, 5, 6), new Ending("ok", "stop", "a".repeat(64), "b".repeat(64)), "[]", "{}");
        add(written);

        AuditRow read = call(log -> log.byCallId("call-1")).orElseThrow();
        assertEquals("[]", read.route());
        assertEquals("{}", read.context());
        assertEquals(written.id(), read.id());
        assertEquals(Instant.parse("2026-11-24T12:00:00.123456Z"), read.receivedAt());
        assertEquals(written.origin(), read.origin());
        assertEquals(written.timing(), read.timing());
        assertEquals(written.tokens(), read.tokens());
        assertEquals(written.ending(), read.ending());
    }

    @Test
    void aRefusedCallHasNoTokenNoModelAndNoHash() {
        AuditRow refused = new AuditRow(UUID.randomUUID(), NOON, "call-1", new Origin("key-1", "/v1/models", null, "P1"),
                new Timing(0, null, 3), new Tokens(0, 0, 0), new Ending("refused", null, null, null), null, null);
        add(refused);

        AuditRow read = call(log -> log.byCallId("call-1")).orElseThrow();
        assertEquals(refused.origin(), read.origin());
        assertEquals(refused.timing(), read.timing());
        assertEquals(refused.ending(), read.ending());
    }

    @Test
    void textThatIsTooLongOrRefusedByPostgresIsMadeToFit() {
        String nasty = "\0\uDC00" + "\uD83D\uDE00".repeat(600);
        add(new AuditRow(UUID.randomUUID(), NOON, "call-1", new Origin(nasty, nasty, nasty, "P1"), new Timing(0, null, 0),
                new Tokens(0, 0, 0), new Ending("ok", nasty, null, null), null, null));

        AuditRow read = call(log -> log.byCallId("call-1")).orElseThrow();
        assertEquals(512, read.ending().detail().codePointCount(0, read.ending().detail().length()));
        assertTrue(read.origin().keyId().startsWith("\uFFFD\uFFFD\uD83D\uDE00"));
    }

    @Test
    void aSecondRowForACallIsTheDatasFault() {
        add(row("call-1"));
        assertEquals(Fault.DATA, Fault.of(assertThrows(RuntimeException.class, () -> add(row("call-1")))));
        assertEquals(Fault.DATA, Fault.of(assertThrows(RuntimeException.class, () -> add(row("x".repeat(65))))));
    }

    @Test
    void aRowThatIsThereAlreadyIsPassedOver() throws Exception {
        AuditRow mine = row("call-1");
        add(mine);
        add(row("call-2"), mine, row("call-3"));
        assertEquals(List.of("call-1", "call-2", "call-3"), DATABASE.query("select call_id from audit_call order by 1"));
    }

    @Test
    void aGroupWithOneBadRowIsNotThereAtAll() throws Exception {
        add(row("call-1"));
        assertThrows(RuntimeException.class, () -> add(row("call-2"), row("call-1")));
        assertThrows(RuntimeException.class, () -> add(row("call-2"), row("call-3"), row("call-2")));
        assertEquals(List.of("call-1"), DATABASE.query("select call_id from audit_call"));
    }

    @Test
    void aMissingValueIsTheDatasFault() {
        assertEquals(Fault.DATA, Fault.of(assertThrows(RuntimeException.class, () -> add(row(null)))));
    }

    @Test
    void aKeptConnectionThatIsDeadIsReplacedUnnoticed() throws Exception {
        try (AuditAppender audit = new AuditAppender(DATABASE::dataSource)) {
            audit.add(List.of(row("call-1")));
            DATABASE.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace' and pid <> pg_backend_pid()");
            audit.add(List.of(row("call-2")));
            DATABASE.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'millrace' and pid <> pg_backend_pid()");
            audit.probe();
        }
        assertEquals(List.of("call-1", "call-2"), DATABASE.query("select call_id from audit_call order by 1"));
    }

    @Test
    void addsUpWhatAKeyUsedSinceAMoment() {
        add(call("key-1", NOON, "ok", 1, 10), call("key-1", NOON.plusSeconds(1), "cancelled", 1, 20),
                call("key-1", NOON.plusSeconds(1), "failed", 1, 30), call("key-1", NOON.minusSeconds(1), "ok", 1, 100),
                call("key-1", NOON, "refused", 1, 200), call("key-1", NOON, "failed", 3, 400), call("key-2", NOON, "ok", 1, 800));

        // 4 of each prompt; one was too early, one refused, one never began, one is another key's
        assertEquals(10L + 20 + 30 + 3 * 4, (long) call(log -> log.tokensSince("key-1", NOON.truncatedTo(ChronoUnit.MICROS))));
        assertEquals(0L, (long) call(log -> log.tokensSince("key-3", NOON)));
    }

    @Test
    void doesNotWaitForALockLongerThanAllowed() throws Exception {
        try (Connection other = DATABASE.dataSource().getConnection()) {
            other.setAutoCommit(false);
            other.createStatement().execute("lock table audit_call");
            Exception cancelled;
            try (AuditAppender audit = new AuditAppender(() -> DATABASE.dataSource().limitingStatements(Duration.ofMillis(100)))) {
                cancelled = assertThrows(RuntimeException.class, () -> audit.add(List.of(row("call-1"))));
            }
            assertEquals(Fault.DATABASE, Fault.of(cancelled));
        }
    }

    @Test
    void writesAGroupOfAnySize() throws Exception {
        try (AuditAppender audit = new AuditAppender(DATABASE::dataSource)) {
            for (int size : new int[] {1, 7, 256}) {
                audit.add(IntStream.range(0, size).mapToObj(i -> row("call-" + size + "-" + i)).toList());
            }
        }
        assertEquals(List.of("264"), DATABASE.query("select count(*) from audit_call"));
    }

    private static void add(AuditRow... rows) {
        try (AuditAppender audit = new AuditAppender(DATABASE::dataSource)) {
            audit.add(List.of(rows));
        }
    }

    private static <T> T call(Function<AuditLog, T> work) {
        return DATABASE.transactions().call(entities -> work.apply(new AuditLog(entities)));
    }

    /** Of three microseconds. */
    private static AuditRow call(String keyId, Instant received, String outcome, int queuedMicros, int completionTokens) {
        return new AuditRow(UUID.randomUUID(), received, UUID.randomUUID().toString(), new Origin(keyId, "/v1/completions", "m", "P2"),
                new Timing(queuedMicros, null, 3), new Tokens(4, completionTokens, 0), new Ending(outcome, null, null, null), null, null);
    }

    private static AuditRow row(String callId) {
        return new AuditRow(UUID.randomUUID(), NOON, callId, new Origin("key-1", "/v1/completions", "m", "P2"),
                new Timing(1, 2L, 3), new Tokens(4, 5, 6), new Ending("ok", "stop", null, null), null, null);
    }
}
