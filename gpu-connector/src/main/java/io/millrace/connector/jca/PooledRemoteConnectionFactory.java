package io.millrace.connector.jca;

import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.ResourceException;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnectionFactory;

/** Gives out handles on pooled connections to servers. Thread-safe. */
public class PooledRemoteConnectionFactory extends PooledConnectionFactory<RemoteSpec> implements RemoteConnectionFactory {

    private static final long serialVersionUID = 1L;

    PooledRemoteConnectionFactory(ManagedConnectionFactory factory, ConnectionManager manager) {
        super(factory, manager);
    }

    @Override
    public RemoteConnection getConnection(RemoteSpec spec) throws ResourceException {
        return (RemoteConnection) allocate(spec);
    }
}
