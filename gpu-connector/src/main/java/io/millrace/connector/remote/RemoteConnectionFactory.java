package io.millrace.connector.remote;

import jakarta.resource.Referenceable;
import jakarta.resource.ResourceException;
import java.io.Serializable;

/**
 * Gives out pooled connections to servers; looked up through JNDI (Connectors 2.1, section 17.5.2). Thread-safe.
 */
public interface RemoteConnectionFactory extends Serializable, Referenceable {

    /**
     * Takes a connection to the server {@code spec}; reaches for no network. May block while every connection of the
     * pool is taken.
     *
     * @throws ResourceException when the pool stays exhausted, or {@link RemoteSpec#authorities} can't be read; in the
     *         latter case a {@link RemoteException} is the exception itself or one of its causes
     */
    RemoteConnection getConnection(RemoteSpec spec) throws ResourceException;
}
