package io.millrace.ejb.intake;

/** STUB: contract only for now; becomes an injectable CDI/EJB class with these methods. */
public interface Intake {
    /** Takes or refuses a request at once; never waits for an engine. Thread-safe. */
    Submission submit(GenerationRequest request);

    /** From now on every request is refused with {@link Refusal.Reason#DRAINING}; those in flight go on to their end. Idempotent. */
    void drain();

    /** Whether {@link #drain} was called. */
    boolean draining();

    /** Requests that were taken and have not ended. */
    int inFlight();
}
