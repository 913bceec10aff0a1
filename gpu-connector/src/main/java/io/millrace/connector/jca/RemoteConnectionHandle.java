package io.millrace.connector.jca;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteModel;
import java.time.Duration;
import java.util.List;

/** An application's handle on a connection to a server. */
public class RemoteConnectionHandle extends ConnectionHandle<RemoteManagedConnection> implements RemoteConnection {

    RemoteConnectionHandle(RemoteManagedConnection managed) {
        super(managed);
    }

    @Override
    public RemoteAnswer send(RemoteCall call) throws RemoteException {
        return open().send(call);
    }

    @Override
    public List<RemoteModel> models(Duration patience) throws RemoteException {
        return open().models(patience);
    }

    @Override
    public void close() {
        RemoteManagedConnection connection = detach();
        if (connection != null) {
            connection.closed(this);
        }
    }
}
