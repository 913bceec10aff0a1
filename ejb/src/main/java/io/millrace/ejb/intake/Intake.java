package io.millrace.ejb.intake;

/** STUB: contract only for now; becomes an injectable CDI/EJB class with this method. */
public interface Intake {
    /** Takes or refuses a request at once; never waits for an engine. Thread-safe. */
    Submission submit(GenerationRequest request);
}
