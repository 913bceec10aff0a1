package io.millrace.connector.remote;

import java.time.Duration;

/**
 * One answer while it comes in.
 *
 * <p><b>Threads.</b> One thread at a time calls {@link #next}; {@link #close} may be called from any thread and wakes
 * it. <b>Who closes:</b> whoever got the answer, or the connection that it came from. What has arrived and was not
 * taken is bounded: a server that is faster than the reader is slowed down by flow control, not buffered.
 */
public interface RemoteAnswer extends AutoCloseable {

    /**
     * The next event, in the order {@code Accepted (Piece | Usage)* Finished Usage? End}, with
     * {@link RemoteEvent.Silence} anywhere before the end; after the end, {@code End} again.
     *
     * @param patience longest wait for it; zero looks without waiting
     * @throws RemoteException when the answer can't go on. Pieces that arrived before the failure are given out before
     *         it, and every further call throws it again. Closed meanwhile: {@link RemoteException.Code#CLOSED}
     */
    RemoteEvent next(Duration patience) throws RemoteException, InterruptedException;

    /**
     * Ends the call. One that is not over is aborted at the server, by closing the connection (HTTP/1.1) or resetting
     * the stream (HTTP/2). Closing twice is harmless.
     */
    @Override void close();
}
