package io.millrace.ejb.audit;

import io.millrace.persistence.audit.AuditAppender;
import io.millrace.persistence.audit.AuditRow;
import java.util.List;
import java.util.function.Supplier;
import javax.sql.DataSource;

/** Writes each group as one transaction. Blocks its thread on the database; that thread closes it too. */
final class AuditStore implements Store, AutoCloseable {
    private final AuditAppender audit;

    /** @param database asked for each connection; it bounds every wait */
    AuditStore(Supplier<? extends DataSource> database) {
        this.audit = new AuditAppender(database);
    }

    @Override
    public void write(List<AuditRow> rows) {
        audit.add(rows);
    }

    @Override
    public void probe() {
        audit.probe();
    }

    @Override
    public void close() {
        audit.close();
    }
}
