package io.millrace.persistence.archive;

import jakarta.persistence.Column;
import jakarta.persistence.Entity;
import jakarta.persistence.Id;
import jakarta.persistence.Table;
import java.time.Instant;
import java.time.temporal.ChronoUnit;

/** What compressing learnt, sealed. Owned by the thread whose transaction has it. */
@Entity
@Table(name = "archive_dictionary")
public class DictionaryRow {

    @Id
    private int id;
    @Column(name = "created_at")
    private Instant createdAt;
    private byte[] content;

    /** For Hibernate. */
    protected DictionaryRow() {}

    /** @param content opaque; not copied, so nobody may change it */
    public DictionaryRow(int id, Instant createdAt, byte[] content) {
        this.id = id;
        this.createdAt = createdAt.truncatedTo(ChronoUnit.MICROS);
        this.content = content;
    }

    public int id() {
        return id;
    }

    public Instant createdAt() {
        return createdAt;
    }

    public byte[] content() {
        return content;
    }
}
