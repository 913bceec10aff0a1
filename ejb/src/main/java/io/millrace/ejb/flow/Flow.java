package io.millrace.ejb.flow;

import java.time.Duration;

/** STUB: contract only for now; the reading end of an answer on its way. */
public interface Flow {
    /**
     * The next event, waiting for it.
     *
     * @param patience how long to wait at most
     * @return null when nothing came in time (send a keep-alive and ask again)
     * @throws InterruptedException when the reading thread was interrupted
     */
    FlowEvent next(Duration patience) throws InterruptedException;

    /** The reader is gone: the sequences of this call leave the batch before its next step. Idempotent; any thread. */
    void cancel();
}
