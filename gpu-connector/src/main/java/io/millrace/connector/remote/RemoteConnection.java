package io.millrace.connector.remote;

import java.time.Duration;
import java.util.List;

/**
 * The right to one call at a time to one server; pooled by the container. The sockets behind it are shared by all
 * connections to an equal {@link RemoteSpec} and are opened when a call needs one.
 *
 * <p><b>Threads.</b> One thread at a time. <b>Who closes:</b> whoever got it; closing gives it back to its pool, ends an
 * answer that is not over, and is harmless twice. Afterwards {@link IllegalStateException}.
 */
public interface RemoteConnection extends AutoCloseable {

    /**
     * Sends a call and returns at once, before the server has answered or was even reached: what becomes of it is told
     * by {@link RemoteAnswer#next}.
     *
     * @throws RemoteException with {@link RemoteException.Code#UNSUPPORTED} when the dialect can't carry this call;
     *         nothing was sent
     * @throws IllegalStateException when the answer before it is neither over nor closed
     */
    RemoteAnswer send(RemoteCall call) throws RemoteException;

    /**
     * The models that the server names ({@code GET models}); empty when it has no such list (404 or 405).
     *
     * @param patience longest wait for all of it, connecting included
     * @throws RemoteException when the server can't be reached, refuses, or is not done in time
     *         ({@link RemoteException.Code#UNAVAILABLE}); the connection can be used again
     */
    List<RemoteModel> models(Duration patience) throws RemoteException;

    @Override void close();
}
