package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineConnectionFactory;
import io.millrace.connector.engine.EngineSpec;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnectionFactory;
import javax.naming.Reference;

/** The connection factory that JNDI hands out: every connection comes from the container's pool. Thread-safe. */
public class PooledConnectionFactory implements EngineConnectionFactory {

    private static final long serialVersionUID = 1L;

    private final ManagedConnectionFactory factory;
    private final ConnectionManager manager;
    private Reference reference;

    PooledConnectionFactory(ManagedConnectionFactory factory, ConnectionManager manager) {
        this.factory = factory;
        this.manager = manager;
    }

    @Override
    public EngineConnection getConnection(EngineSpec spec) throws ResourceException {
        return (EngineConnection) manager.allocateConnection(factory, new EngineRequestInfo(spec));
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
