package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineConnectionFactory;
import io.millrace.connector.engine.EngineSpec;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnectionFactory;

/** Gives out handles on pooled engines. Thread-safe. */
public class PooledEngineConnectionFactory extends PooledConnectionFactory<EngineSpec> implements EngineConnectionFactory {

    private static final long serialVersionUID = 1L;

    PooledEngineConnectionFactory(ManagedConnectionFactory factory, ConnectionManager manager) {
        super(factory, manager);
    }

    @Override
    public EngineConnection getConnection(EngineSpec spec) throws ResourceException {
        return (EngineConnection) allocate(spec);
    }
}
