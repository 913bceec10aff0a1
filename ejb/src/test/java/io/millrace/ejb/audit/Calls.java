package io.millrace.ejb.audit;

import java.time.Duration;
import java.time.Instant;

/** Records for tests. */
final class Calls {
    private Calls() {}

    static CallRecord call(String callId) {
        return call(callId, "stop");
    }

    static CallRecord call(String callId, String detail) {
        return new CallRecord(callId, "key-1", "/v1/chat/completions", "deepseek", "P1",
                Instant.parse("2026-11-24T12:00:00Z"), Duration.ofMillis(3), Duration.ofMillis(40), Duration.ofMillis(900),
                120, 48, 64, "ok", detail, "a".repeat(64), "b".repeat(64), null, null);
    }
}
