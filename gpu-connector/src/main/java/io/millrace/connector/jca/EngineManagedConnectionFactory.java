package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineConnectionFactory;
import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionDefinition;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ManagedConnectionFactory;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterAssociation;
import jakarta.resource.spi.ValidatingManagedConnectionFactory;
import java.io.PrintWriter;
import java.util.HashSet;
import java.util.Set;
import javax.security.auth.Subject;

/**
 * Opens engines for the container's pool and finds the pooled one that serves what is asked for (Connectors 2.1,
 * chapter 6). Thread-safe.
 */
@ConnectionDefinition(connectionFactory = EngineConnectionFactory.class,
        connectionFactoryImpl = PooledConnectionFactory.class, connection = EngineConnection.class,
        connectionImpl = EngineConnectionHandle.class)
public class EngineManagedConnectionFactory
        implements ManagedConnectionFactory, ResourceAdapterAssociation, ValidatingManagedConnectionFactory {

    private static final long serialVersionUID = 1L;

    private transient EngineResourceAdapter adapter;
    private transient PrintWriter logWriter;

    @Override
    public Object createConnectionFactory(ConnectionManager manager) {
        return new PooledConnectionFactory(this, manager);
    }

    @Override
    public Object createConnectionFactory() throws ResourceException {
        throw new NotSupportedException("engines are pooled by a container; there is no unmanaged connection factory");
    }

    @Override
    public ManagedConnection createManagedConnection(Subject subject, ConnectionRequestInfo info)
            throws ResourceException {
        EngineSpec spec = ((EngineRequestInfo) info).spec();
        EngineManagedConnection connection = new EngineManagedConnection(spec, open(spec), this::tell);
        tell(new EngineEvent.Ready(connection.name(), connection.engine().model()));
        return connection;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public ManagedConnection matchManagedConnections(Set candidates, Subject subject, ConnectionRequestInfo info) {
        for (Object candidate : candidates) {
            if (candidate instanceof EngineManagedConnection connection && connection.alive()
                    && connection.spec().equals(((EngineRequestInfo) info).spec())) {
                return connection;
            }
        }
        return null;
    }

    @Override
    @SuppressWarnings("rawtypes")
    public Set getInvalidConnections(Set candidates) {
        Set<Object> invalid = new HashSet<>();
        for (Object candidate : candidates) {
            if (candidate instanceof EngineManagedConnection connection && !connection.alive()) {
                invalid.add(connection);
            }
        }
        return invalid;
    }

    private static EngineConnection open(EngineSpec spec) throws EngineException {
        return switch (spec.kind()) {
            case LLAMA -> LlamaEngine.open(spec);
            case SIMULATED -> new SimulatedEngine(spec.allSlots(), spec.contextTokens(), spec.maxStepTokens(), Faults.none());
        };
    }

    private void tell(EngineEvent event) {
        if (adapter != null) {
            adapter.tell(event);
        }
    }

    @Override
    public ResourceAdapter getResourceAdapter() {
        return adapter;
    }

    @Override
    public void setResourceAdapter(ResourceAdapter resourceAdapter) {
        adapter = (EngineResourceAdapter) resourceAdapter;
    }

    @Override
    public PrintWriter getLogWriter() {
        return logWriter;
    }

    @Override
    public void setLogWriter(PrintWriter writer) {
        logWriter = writer;
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof EngineManagedConnectionFactory factory && factory.adapter == adapter;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(adapter);
    }
}
