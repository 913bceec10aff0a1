package io.millrace.connector.jca;

import io.millrace.connector.http.Servers;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.spi.ConnectionDefinition;
import jakarta.resource.spi.ConnectionManager;
import jakarta.resource.spi.ManagedConnection;
import jakarta.resource.spi.ResourceAdapter;

/** Opens connections to servers for the container's pool; the adapter keeps their sockets. Thread-safe. */
@ConnectionDefinition(connectionFactory = RemoteConnectionFactory.class,
        connectionFactoryImpl = PooledRemoteConnectionFactory.class, connection = RemoteConnection.class,
        connectionImpl = RemoteConnectionHandle.class)
public class RemoteManagedConnectionFactory extends PooledManagedConnectionFactory<RemoteSpec> {

    private static final long serialVersionUID = 1L;

    private transient Servers servers;

    @Override
    public Object createConnectionFactory(ConnectionManager manager) {
        return new PooledRemoteConnectionFactory(this, manager);
    }

    @Override
    ManagedConnection open(RemoteSpec spec) throws RemoteException {
        return new RemoteManagedConnection(servers, servers.take(spec));
    }

    @Override
    public void setResourceAdapter(ResourceAdapter resourceAdapter) {
        super.setResourceAdapter(resourceAdapter);
        servers = adapter().servers();
    }
}
