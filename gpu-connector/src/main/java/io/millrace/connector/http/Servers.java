package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import java.time.Duration;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * The servers that connections are open to, one for each spec. One that nobody is connected to is kept for a while,
 * so that a server that fails call after call does not have its certificates read for each, and is closed when
 * another connection is opened after that. Thread-safe.
 */
public final class Servers implements AutoCloseable {

    static final Duration KEPT_UNUSED = Duration.ofMinutes(1);

    /** Guarded by {@link Servers}. */
    private static final class Use {
        final Server server;
        int connections;
        long unusedSinceNanos;

        Use(Server server) {
            this.server = server;
        }
    }

    private final Map<RemoteSpec, Use> uses = new HashMap<>();
    private final LongSupplier nanoTime;

    public Servers() {
        this(System::nanoTime);
    }

    Servers(LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
    }

    /**
     * For one more connection.
     *
     * @throws RemoteException with {@code CONNECT} when the spec's authorities can't be read
     */
    public synchronized Server take(RemoteSpec spec) throws RemoteException {
        forgetUnused();
        Use use = uses.get(spec);
        if (use == null) {
            use = new Use(new Server(spec));
            uses.put(spec, use);
        }
        use.connections++;
        return use.server;
    }

    /** One connection less. */
    public synchronized void giveBack(Server server) {
        Use use = uses.get(server.spec());
        if (use != null && use.server == server && --use.connections == 0) {
            use.unusedSinceNanos = nanoTime.getAsLong();
        }
    }

    private void forgetUnused() {
        long now = nanoTime.getAsLong();
        for (Iterator<Use> each = uses.values().iterator(); each.hasNext();) {
            Use use = each.next();
            if (use.connections == 0 && now - use.unusedSinceNanos >= KEPT_UNUSED.toNanos()) {
                each.remove();
                use.server.close();
            }
        }
    }

    /** Closes them all, with whatever is under way. */
    @Override
    public synchronized void close() {
        uses.values().forEach(use -> use.server.close());
        uses.clear();
    }
}
