package io.millrace.connector.http;

import io.millrace.connector.remote.RemoteSpec;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.NoRouteToHostException;
import java.net.SocketTimeoutException;
import java.net.http.HttpConnectTimeoutException;
import java.time.Duration;
import java.util.Deque;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.TimeUnit;

/** The bare connections to one server: those in use, and those that wait for the next call, the last one first. Thread-safe. */
final class Sockets {

    /** One that was free for longer is closed when the next comes or goes. */
    static final Duration KEPT = Duration.ofSeconds(30);
    /** One that was free for longer is looked at before it is used. */
    static final Duration TRUSTED = Duration.ofSeconds(1);
    private static final int HTTP_PORT = 80;

    private final RemoteSpec spec;
    private final Deque<KeptSocket> free = new ConcurrentLinkedDeque<>();
    private final Set<KeptSocket> all = ConcurrentHashMap.newKeySet();
    private volatile boolean closed;

    Sockets(RemoteSpec spec) {
        this.spec = spec;
    }

    /** A connection that is there already, or null. */
    KeptSocket takeFree() {
        closeOld();
        for (KeptSocket kept = free.pollFirst(); kept != null; kept = free.pollFirst()) {
            if (kept.freeNanos() < TRUSTED.toNanos() ? kept.isDry() : kept.isQuiet()) {
                return kept;
            }
            close(kept);
        }
        return null;
    }

    /** For the next call. */
    void give(KeptSocket kept) {
        kept.free();
        free.addFirst(kept);
        closeOld();
    }

    private void closeOld() {
        for (KeptSocket oldest = free.peekLast(); oldest != null && oldest.freeNanos() > KEPT.toNanos(); oldest = free.peekLast()) {
            if (free.removeLastOccurrence(oldest)) {
                close(oldest);
            }
        }
    }

    /** A new one; waits at most as long as the spec says, for all addresses of the server together. */
    KeptSocket connect() throws IOException {
        long start = System.nanoTime();
        int port = spec.base().getPort() < 0 ? HTTP_PORT : spec.base().getPort();
        IOException failure = null;
        for (InetAddress address : InetAddress.getAllByName(host())) {
            long leftMs = TimeUnit.NANOSECONDS.toMillis(spec.connectTimeout().toNanos() - (System.nanoTime() - start));
            if (leftMs > 0 || failure == null) {
                try {
                    return connect(new InetSocketAddress(address, port), (int) Math.clamp(leftMs, 1, Integer.MAX_VALUE));
                } catch (IOException e) {
                    failure = failure == null ? e : failure;
                }
            }
        }
        throw unreachable(failure);
    }

    /** Whatever a system says of a connection that it can't make, it is one that couldn't be made. */
    private static IOException unreachable(IOException failure) {
        return switch (failure) {
            case SocketTimeoutException _ -> new HttpConnectTimeoutException(failure.getMessage());
            case ConnectException _, NoRouteToHostException _ -> failure;
            default -> (IOException) new ConnectException(failure.getMessage()).initCause(failure);
        };
    }

    private String host() {
        String host = spec.base().getHost();
        return host.startsWith("[") ? host.substring(1, host.length() - 1) : host;
    }

    private KeptSocket connect(InetSocketAddress address, int patienceMs) throws IOException {
        KeptSocket socket = new KeptSocket();
        all.add(socket);
        try {
            if (closed) {
                throw new ConnectException("no calls are made any more");
            }
            socket.connect(address, patienceMs);
            return socket;
        } catch (IOException e) {
            close(socket);
            throw e;
        }
    }

    void close(KeptSocket socket) {
        socket.close();
        all.remove(socket);
    }

    /** Closes all, those in use too. */
    void close() {
        closed = true;
        all.forEach(this::close);
    }
}
