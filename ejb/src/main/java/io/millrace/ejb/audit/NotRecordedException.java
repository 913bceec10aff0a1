package io.millrace.ejb.audit;

/** A call's record is not in the audit, or nobody can tell whether it is. */
public class NotRecordedException extends Exception {
    private static final long serialVersionUID = 1;

    /** Why; only for {@code TIMEOUT} and {@code STOPPING} may the record turn up in the audit all the same. */
    public enum Reason { QUEUE_FULL, TIMEOUT, REFUSED_BY_DATABASE, STOPPING }

    private final Reason reason;

    NotRecordedException(Reason reason, String message, Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    public Reason reason() {
        return reason;
    }
}
