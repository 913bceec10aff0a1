package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineConnectionFactory;
import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import jakarta.resource.spi.ConnectionDefinition;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnection;

/** Opens engines for the container's pool. Thread-safe. */
@ConnectionDefinition(connectionFactory = EngineConnectionFactory.class,
        connectionFactoryImpl = PooledEngineConnectionFactory.class, connection = EngineConnection.class,
        connectionImpl = EngineConnectionHandle.class)
public class EngineManagedConnectionFactory extends PooledManagedConnectionFactory<EngineSpec> {

    private static final long serialVersionUID = 1L;

    @Override
    public Object createConnectionFactory(ConnectionManager manager) {
        return new PooledEngineConnectionFactory(this, manager);
    }

    @Override
    ManagedConnection open(EngineSpec spec) throws EngineException {
        EngineManagedConnection connection = new EngineManagedConnection(spec, engine(spec), this::tell);
        tell(new EngineEvent.Ready(connection.name(), connection.engine().model()));
        return connection;
    }

    private static EngineConnection engine(EngineSpec spec) throws EngineException {
        return switch (spec.kind()) {
            case LLAMA -> LlamaEngine.open(spec);
            case SIMULATED -> new SimulatedEngine(spec.allSlots(), spec.contextTokens(), spec.maxStepTokens(), Faults.none());
        };
    }

    private void tell(EngineEvent event) {
        if (adapter() != null) {
            adapter().tell(event);
        }
    }
}
