package io.millrace.persistence.audit;

import io.millrace.persistence.StoredText;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.UUID;

/** One call in the audit. Never changed once it is written. Owned by the thread whose transaction has it. */
@Entity
@Table(name = "audit_call")
public class AuditRow {

    /** Who called what; all but the key's id are cut to fit. */
    @Embeddable
    public record Origin(@Column(name = "key_id") String keyId, String endpoint, String model, String lane) {
        public Origin {
            keyId = StoredText.fit(keyId, 64);
            endpoint = StoredText.fit(endpoint, 128);
            model = StoredText.fit(model, 256);
        }
    }

    /** From receipt to the first step, to the first token (null when none came) and to the end. */
    @Embeddable
    public record Timing(@Column(name = "queued_micros") long queuedMicros,
                         @Column(name = "first_token_micros") Long firstTokenMicros,
                         @Column(name = "total_micros") long totalMicros) {}

    @Embeddable
    public record Tokens(@Column(name = "prompt_tokens") int prompt, @Column(name = "completion_tokens") int completion,
                         @Column(name = "cached_tokens") int cached) {}

    /** How it ended; the detail is cut to 512 characters. */
    @Embeddable
    public record Ending(String outcome, String detail, @Column(name = "prompt_hash") String promptHash,
                         @Column(name = "answer_hash") String answerHash) {
        public Ending {
            detail = StoredText.fit(detail, 512);
        }
    }

    @Id
    private UUID id;
    @Column(name = "received_at")
    private Instant receivedAt;
    @Column(name = "call_id")
    private String callId;
    @Embedded
    private Origin origin;
    @Embedded
    private Timing timing;
    @Embedded
    private Tokens tokens;
    @Embedded
    private Ending ending;
    private String route;
    private String context;

    /** For Hibernate. */
    protected AuditRow() {}

    /**
     * @param id     drawn by the writer, so that it knows its own row again after a commit whose outcome it didn't hear
     * @param route  which regions took part, JSON; or null
     * @param context what the prompt got from its conversation, JSON; or null
     * @param callId unique, at most 64 characters; not cut, since then it might not be unique
     */
    public AuditRow(UUID id, Instant receivedAt, String callId, Origin origin, Timing timing, Tokens tokens,
                    Ending ending, String route, String context) {
        this.context = StoredText.fit(context, 512);
        this.route = StoredText.fit(route, 8192);
        this.id = id;
        this.receivedAt = receivedAt.truncatedTo(ChronoUnit.MICROS);
        this.callId = StoredText.fit(callId, Integer.MAX_VALUE);
        this.origin = origin;
        this.timing = timing;
        this.tokens = tokens;
        this.ending = ending;
    }

    public UUID id() {
        return id;
    }

    public Instant receivedAt() {
        return receivedAt;
    }

    public String callId() {
        return callId;
    }

    public Origin origin() {
        return origin;
    }

    public Timing timing() {
        return timing;
    }

    public Tokens tokens() {
        return tokens;
    }

    public Ending ending() {
        return ending;
    }

    /** JSON, or null. */
    public String context() {
        return context;
    }

    /** JSON, or null. */
    public String route() {
        return route;
    }
}
