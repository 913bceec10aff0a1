package io.millrace.ejb.flow;

import java.time.Duration;

/** One client's way through an answer. To be used by one thread; {@link #leave} may be called from any. */
public interface Reader extends AutoCloseable {

    /**
     * The next event, waiting for it.
     *
     * @param patience how long to wait at most
     * @return null when nothing came in time, or when everything was read, or when this reader has left
     */
    FlowEvent next(Duration patience) throws InterruptedException;

    /** The client is gone. Idempotent; must not block. */
    void leave();

    /** Whether this reader gets nothing any more: its client is gone, or has come back over another connection. */
    boolean hasLeft();

    /** The client has its last byte, or will never get another. Idempotent. */
    @Override
    void close();
}
