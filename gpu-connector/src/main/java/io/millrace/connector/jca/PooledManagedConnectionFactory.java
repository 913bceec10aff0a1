package io.millrace.connector.jca;

import jakarta.resource.NotSupportedException;
import jakarta.resource.ResourceException;
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
 * Finds the pooled connection that serves what is asked for (Connectors 2.1, chapter 6). Thread-safe.
 *
 * @param <S> the spec that connections are found by
 */
abstract class PooledManagedConnectionFactory<S>
        implements ManagedConnectionFactory, ResourceAdapterAssociation, ValidatingManagedConnectionFactory {

    private static final long serialVersionUID = 1L;

    private transient EngineResourceAdapter adapter;
    private transient PrintWriter logWriter;

    /** Opens what the pool holds none of. */
    abstract ManagedConnection open(S spec) throws ResourceException;

    /** Null before the container has associated this factory. */
    final EngineResourceAdapter adapter() {
        return adapter;
    }

    @Override
    public Object createConnectionFactory() throws ResourceException {
        throw new NotSupportedException("connections are pooled by a container; there is no unmanaged connection factory");
    }

    @Override
    public ManagedConnection createManagedConnection(Subject subject, ConnectionRequestInfo info) throws ResourceException {
        return open(specOf(info));
    }

    @SuppressWarnings("unchecked")
    private S specOf(ConnectionRequestInfo info) {
        return ((SpecRequest<S>) info).spec();
    }

    @Override
    @SuppressWarnings("rawtypes")
    public ManagedConnection matchManagedConnections(Set candidates, Subject subject, ConnectionRequestInfo info) {
        for (Object candidate : candidates) {
            if (candidate instanceof PooledConnection<?> connection && connection.alive()
                    && connection.spec().equals(specOf(info))) {
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
            if (candidate instanceof PooledConnection<?> connection && !connection.alive()) {
                invalid.add(connection);
            }
        }
        return invalid;
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
        return other != null && other.getClass() == getClass() && ((PooledManagedConnectionFactory<?>) other).adapter == adapter;
    }

    @Override
    public int hashCode() {
        return 31 * System.identityHashCode(adapter) + getClass().getName().hashCode();
    }
}
