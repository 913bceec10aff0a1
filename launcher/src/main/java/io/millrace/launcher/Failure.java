package io.millrace.launcher;

/** Something that stops a command and that its user can mend; the message is one sentence that says how. */
final class Failure extends RuntimeException {

    /** The command could not do its work. */
    static final int STATUS = 1;
    /** The server runs but can't serve yet. */
    static final int NOT_READY = 4;

    private final int status;

    Failure(String sentence) {
        this(STATUS, sentence);
    }

    Failure(int status, String sentence) {
        super(sentence);
        this.status = status;
    }

    Failure(String sentence, Throwable cause) {
        super(sentence, cause);
        this.status = STATUS;
    }

    int status() {
        return status;
    }
}
