package io.millrace.persistence.archive;

/** The archive's store is out of reach, or refused; the same call may well pass later. */
public final class ArchiveException extends RuntimeException {

    private static final long serialVersionUID = 1;

    public ArchiveException(String message, Throwable cause) {
        super(message, cause);
    }
}
