package io.millrace.connector.jca;

import jakarta.resource.Referenceable;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnectionFactory;
import java.io.Serializable;
import javax.naming.Reference;

/**
 * A connection factory that JNDI hands out: every connection comes from the container's pool. Thread-safe.
 *
 * @param <S> the spec that a connection is wanted for
 */
abstract class PooledConnectionFactory<S> implements Serializable, Referenceable {

    private static final long serialVersionUID = 1L;

    private final ManagedConnectionFactory factory;
    private final ConnectionManager manager;
    private Reference reference;

    PooledConnectionFactory(ManagedConnectionFactory factory, ConnectionManager manager) {
        this.factory = factory;
        this.manager = manager;
    }

    final Object allocate(S spec) throws ResourceException {
        return manager.allocateConnection(factory, new SpecRequest<>(spec));
    }

    @Override
    public synchronized Reference getReference() {
        return reference;
    }

    @Override
    public synchronized void setReference(Reference newReference) {
        reference = newReference;
    }
}
