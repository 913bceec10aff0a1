package io.millrace.connector.jca;

import io.millrace.connector.http.HttpAnswer;
import io.millrace.connector.http.Server;
import io.millrace.connector.http.Servers;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteModel;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.spi.ConnectionRequestInfo;
import jakarta.resource.spi.ManagedConnectionMetaData;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import javax.security.auth.Subject;

/**
 * One pooled right to a call. The pool destroys it when its holder gives it back after the server was not reached, broke
 * off or sent rubbish. Owned by its holder's thread.
 */
public class RemoteManagedConnection extends PooledConnection<RemoteSpec> {

    private static final Set<RemoteException.Code> BREAKING =
            EnumSet.of(RemoteException.Code.CONNECT, RemoteException.Code.BROKEN, RemoteException.Code.GARBAGE);

    private final Servers servers;
    private final Server server;
    private HttpAnswer answer;
    private boolean destroyed;

    RemoteManagedConnection(Servers servers, Server server) {
        super(server.spec());
        this.servers = servers;
        this.server = server;
    }

    RemoteAnswer send(RemoteCall call) throws RemoteException {
        if (answer != null && !answer.isOver()) {
            throw new IllegalStateException("the answer before is neither over nor closed");
        }
        answer = server.send(call);
        return answer;
    }

    List<RemoteModel> models(Duration patience) throws RemoteException {
        return server.models(patience);
    }

    /** Back to the pool, or out of it. */
    void closed(RemoteConnectionHandle handle) {
        RemoteException failure = answer == null ? null : answer.failure();
        if (failure != null && BREAKING.contains(failure.code())) {
            die();
            tellBroken(handle, failure);
        } else {
            endAnswer();
            tellClosed(handle);
        }
    }

    private void endAnswer() {
        if (answer != null) {
            answer.close();
            answer = null;
        }
    }

    @Override
    public Object getConnection(Subject subject, ConnectionRequestInfo info) {
        return new RemoteConnectionHandle(this);
    }

    @Override
    public void associateConnection(Object handle) {
        ((RemoteConnectionHandle) handle).associate(this);
    }

    @Override
    public void cleanup() {
        endAnswer();
    }

    @Override
    public synchronized void destroy() {
        die();
        endAnswer();
        if (!destroyed) {
            destroyed = true;
            servers.giveBack(server);
        }
    }

    @Override
    public ManagedConnectionMetaData getMetaData() {
        return new ProductMetaData(spec().name(), spec().dialect().name(), 0);
    }
}
