package io.millrace.ejb.audit;

import io.millrace.persistence.audit.AuditRow;
import java.util.List;

/** Where groups of records go: the database, or a simulated one. Called by one thread. */
interface Store {
    /**
     * On disk when it returns; when it throws, none is, unless the connection broke during the commit. Those that are there
     * already from an attempt whose outcome wasn't heard are passed over.
     *
     * @throws RuntimeException that {@link io.millrace.persistence.Fault} can judge
     */
    void write(List<AuditRow> rows);

    /** Returns when the database answers and throws when it doesn't. */
    void probe();
}
