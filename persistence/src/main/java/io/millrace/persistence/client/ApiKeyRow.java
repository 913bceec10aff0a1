package io.millrace.persistence.client;

import io.millrace.persistence.StoredText;
import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.Embedded;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** An API key. Owned by the thread whose transaction read it. */
@Entity
@Table(name = "api_key")
public class ApiKeyRow {
    private static final int MOST_NAME_CHARACTERS = 200;

    /** How much the key may use. Null: what the settings say; 0: no limit. */
    @Embeddable
    public record Limits(@Column(name = "requests_per_minute") Integer requestsPerMinute,
                         @Column(name = "tokens_per_minute") Integer tokensPerMinute,
                         @Column(name = "concurrent_requests") Integer concurrentRequests,
                         @Column(name = "tokens_per_day") Integer tokensPerDay) {
        public static final Limits OF_SETTINGS = new Limits(null, null, null, null);
    }

    @Id
    private String id;
    private String name;
    @Column(name = "secret_hash")
    private byte[] secretHash;
    private String hint;
    private String ceiling;
    @Column(name = "created_at")
    private Instant createdAt;
    @Column(name = "revoked_at")
    private Instant revokedAt;
    @Embedded
    private Limits limits;

    /** For Hibernate. */
    protected ApiKeyRow() {}

    /**
     * @param name       cut to 200 characters
     * @param secretHash SHA-256 of the secret
     * @param hint       the secret's first characters, to tell keys apart; at most 7
     * @param ceiling    {@code P0} to {@code P3}
     */
    public ApiKeyRow(String id, String name, byte[] secretHash, String hint, String ceiling, Instant createdAt, Limits limits) {
        this.id = id;
        this.name = StoredText.fit(name, MOST_NAME_CHARACTERS);
        this.secretHash = secretHash.clone();
        this.hint = hint;
        this.ceiling = ceiling;
        this.createdAt = createdAt.truncatedTo(ChronoUnit.MICROS);
        this.limits = limits;
    }

    public String id() {
        return id;
    }

    public String name() {
        return name;
    }

    public String hint() {
        return hint;
    }

    public String ceiling() {
        return ceiling;
    }

    public Instant createdAt() {
        return createdAt;
    }

    /** Null while the key is good. */
    public Instant revokedAt() {
        return revokedAt;
    }

    public Limits limits() {
        // Hibernate makes no record of columns that are all null
        return limits == null ? Limits.OF_SETTINGS : limits;
    }

    void limit(Limits changed) {
        limits = changed;
    }

    /** The first time counts. */
    void revoke(Instant at) {
        if (revokedAt == null) {
            revokedAt = at.truncatedTo(ChronoUnit.MICROS);
        }
    }
}
