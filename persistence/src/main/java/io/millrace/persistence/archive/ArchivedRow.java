package io.millrace.persistence.archive;

import jakarta.persistence.Column;
import jakarta.persistence.Embeddable;
import jakarta.persistence.EmbeddedId;
import jakarta.persistence.Entity;
import jakarta.persistence.Table;
import java.time.Instant;

/** One archived conversation. Never changed, only replaced. Owned by the thread whose transaction has it. */
@Entity
@Table(name = "archived_conversation")
public class ArchivedRow {

    @Embeddable
    public record Key(String tenant, String id) {}

    @EmbeddedId
    private Key key;
    @Column(name = "created_at")
    private Instant createdAt;
    @Column(name = "last_used_at")
    private Instant lastUsedAt;
    private int turns;
    private byte[] content;

    /** For Hibernate. */
    protected ArchivedRow() {}

    ArchivedRow(Archive.Entry entry) {
        key = new Key(entry.tenant(), entry.id());
        createdAt = entry.created();
        lastUsedAt = entry.lastUsed();
        turns = entry.turns();
        content = entry.content();
    }

    Archive.Entry entry() {
        return new Archive.Entry(key.tenant(), key.id(), createdAt, lastUsedAt, turns, content);
    }
}
