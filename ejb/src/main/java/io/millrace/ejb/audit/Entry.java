package io.millrace.ejb.audit;

import io.millrace.ejb.audit.NotRecordedException.Reason;
import io.millrace.persistence.audit.AuditRow;
import io.millrace.persistence.audit.AuditRow.Ending;
import io.millrace.persistence.audit.AuditRow.Origin;
import io.millrace.persistence.audit.AuditRow.Timing;
import io.millrace.persistence.audit.AuditRow.Tokens;
import java.time.Duration;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/** A record on its way to the disk. Its owner is told once how that ended, by whichever thread knows first. */
final class Entry {
    private static final Logger LOG = Logger.getLogger(Entry.class.getName());

    private final UUID id;
    private final CallRecord record;
    private final long deadlineNanos;
    private final Runnable onDisk;
    private final Consumer<Exception> onFailure;
    private final AtomicBoolean answered = new AtomicBoolean();

    Entry(CallRecord record, long deadlineNanos, Runnable onDisk, Consumer<Exception> onFailure) {
        this.id = timeOrdered(record.received().toEpochMilli());
        this.record = record;
        this.deadlineNanos = deadlineNanos;
        this.onDisk = onDisk;
        this.onFailure = onFailure;
    }

    boolean isAnswered() {
        return answered.get();
    }

    boolean isOverdue(long nowNanos) {
        return nowNanos - deadlineNanos >= 0;
    }

    boolean succeed() {
        return answer(onDisk);
    }

    boolean fail(Reason reason, String message, Throwable cause) {
        return answer(() -> onFailure.accept(new NotRecordedException(reason,
                "call " + record.callId() + " is not in the audit: " + message, cause)));
    }

    /** As the table has it. */
    AuditRow row() {
        return new AuditRow(id, record.received(), record.callId(),
                new Origin(record.keyId(), record.endpoint(), record.model(), record.lane()),
                new Timing(micros(record.queued()), record.firstToken() == null ? null : micros(record.firstToken()),
                        micros(record.total())),
                new Tokens(record.promptTokens(), record.completionTokens(), record.cachedTokens()),
                new Ending(record.outcome(), record.detail(), record.promptHash(), record.answerHash()),
                record.route(), record.context());
    }

    /** A callback that throws is its owner's defect and must not stop the others. */
    private boolean answer(Runnable callback) {
        if (!answered.compareAndSet(false, true)) {
            return false;
        }
        try {
            callback.run();
        } catch (RuntimeException e) {
            LOG.log(Level.WARNING, "What waited for the record of call " + record.callId() + " failed", e);
        }
        return true;
    }

    private static long micros(Duration duration) {
        return TimeUnit.NANOSECONDS.toMicros(duration.toNanos());
    }

    /** A UUID of version 7 (RFC 9562, section 5.7): neighbours in time are neighbours in the index. */
    static UUID timeOrdered(long epochMillis) {
        UUID random = UUID.randomUUID();
        return new UUID(epochMillis << 16 | 0x7000 | random.getMostSignificantBits() & 0x0FFF,
                random.getLeastSignificantBits());
    }
}
