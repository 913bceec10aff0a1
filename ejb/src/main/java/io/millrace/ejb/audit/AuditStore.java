package io.millrace.ejb.audit;

import io.millrace.persistence.Transactions;
import io.millrace.persistence.audit.AuditLog;
import io.millrace.persistence.audit.AuditRow;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import java.util.UUID;

/** Writes a group in one transaction. Blocks its thread on the database. */
final class AuditStore implements Store {
    private final Transactions transactions;
    private final Duration patience;

    /** @param patience for each statement */
    AuditStore(Transactions transactions, Duration patience) {
        this.transactions = transactions;
        this.patience = patience;
    }

    @Override
    public void write(List<AuditRow> rows, boolean again) {
        transactions.call(entities -> {
            AuditLog log = new AuditLog(entities);
            log.limit(patience);
            Set<UUID> present = again ? log.present(rows) : Set.of();
            log.add(rows.stream().filter(row -> !present.contains(row.id())).toList());
            return null;
        });
    }

    @Override
    public void probe() {
        transactions.call(entities -> {
            new AuditLog(entities).limit(patience);
            return null;
        });
    }
}
