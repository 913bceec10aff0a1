package io.millrace.connector.http;

import java.io.IOException;
import java.net.ConnectException;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A call over a connection that is its own for as long as it lasts, and that the reader's own thread reads. Only connecting,
 * sending what is large, and waiting for a response's end go on beside it.
 */
final class SocketInflow implements Inflow {

    /** A system takes so much of a request from us before its server has read any. */
    private static final int SENT_AT_ONCE = 32 << 10;

    private final Sockets sockets;
    private final Executor threads;
    private final byte[] request;
    private final ResponseReader reader = new ResponseReader();
    /** Whoever takes it out gives it back or closes it. */
    private final AtomicReference<KeptSocket> held = new AtomicReference<>();
    private volatile CompletableFuture<KeptSocket> connected;
    private volatile boolean abandoned;
    /** The connection that has all of the request; null: none has, or nobody knows yet. */
    private volatile KeptSocket sent;
    private boolean reused;
    private int trailingBytes;

    /**
     * Sends.
     *
     * @param threads virtual ones, for what may wait
     */
    SocketInflow(Sockets sockets, Executor threads, byte[] request) {
        this.sockets = sockets;
        this.threads = threads;
        this.request = request;
        KeptSocket free = sockets.takeFree();
        if (free == null) {
            connect();
        } else {
            reuse(free);
        }
    }

    private void reuse(KeptSocket free) {
        reused = true;
        held.set(free);
        connected = CompletableFuture.completedFuture(free);
        if (isShort()) {
            send(free);
        } else {
            beside(() -> send(free));
        }
    }

    private boolean isShort() {
        return request.length <= SENT_AT_ONCE;
    }

    private void connect() {
        reused = false;
        CompletableFuture<KeptSocket> connecting = new CompletableFuture<>();
        connected = connecting;
        if (abandoned) {
            connecting.cancel(true);
        }
        beside(() -> {
            try {
                KeptSocket fresh = sockets.connect();
                held.set(fresh);
                if (abandoned) {
                    discard();
                }
                if (isShort()) {
                    send(fresh);
                }
                connecting.complete(fresh);
                if (!isShort()) {
                    send(fresh);
                }
            } catch (IOException | RuntimeException | Error e) {
                discard();
                connecting.completeExceptionally(e);
            }
        });
    }

    private void send(KeptSocket socket) {
        try {
            socket.write(request);
            sent = socket;
        } catch (IOException e) {
            // the server closed it, perhaps after an answer to what it had read: reading tells
        }
    }

    private void beside(Runnable work) {
        try {
            threads.execute(work);
        } catch (RejectedExecutionException e) {
            connected.completeExceptionally(new ConnectException("no calls are made any more"));
        }
    }

    @Override
    public Signal take(long patienceNanos) throws InterruptedException {
        long start = System.nanoTime();
        while (true) {
            try {
                return take(start, patienceNanos, true);
            } catch (TimeoutException e) {
                return null;
            } catch (CancellationException e) {
                return new Closed();
            } catch (IOException e) {
                discard();
                if (abandoned) {
                    return new Closed();
                }
                if (!reused || !reader.isUntouched()) {
                    return new Failed(e);
                }
                // kept for too long: the server had closed it before the request came
                connect();
            }
        }
    }

    /**
     * The next signal, or null.
     *
     * @param waits false: only what is there already is looked at
     */
    private Signal take(long start, long patienceNanos, boolean waits) throws IOException, InterruptedException, TimeoutException {
        KeptSocket socket = connected(patienceNanos - (System.nanoTime() - start));
        long left;
        do {
            Signal signal = reader.next(socket.unread());
            if (signal == null && (waits || !socket.isDry())) {
                int count = read(socket, patienceNanos - (System.nanoTime() - start));
                signal = count < 0 ? reader.closed() : count > 0 ? reader.next(socket.unread()) : null;
            }
            if (signal instanceof Whole) {
                release(socket);
            }
            if (signal != null) {
                return signal;
            }
            left = patienceNanos - (System.nanoTime() - start);
        } while (waits && left > 0);
        return null;
    }

    private int read(KeptSocket socket, long nanos) throws IOException, InterruptedException {
        try {
            int count = socket.read(nanos);
            requireNoInterrupt();
            return count;
        } catch (IOException e) {
            // an interrupt closes the socket of a virtual thread that reads it
            requireNoInterrupt();
            throw e;
        }
    }

    /** Whoever was interrupted is not asked for again. */
    private void requireNoInterrupt() throws InterruptedException {
        if (Thread.interrupted()) {
            reused = false;
            throw new InterruptedException("interrupted while reading");
        }
    }

    private KeptSocket connected(long nanos) throws IOException, InterruptedException, TimeoutException {
        try {
            return connected.get(Math.max(0, nanos), TimeUnit.NANOSECONDS);
        } catch (ExecutionException e) {
            throw e.getCause() instanceof IOException failure ? failure : (IOException) new ConnectException(e.getCause().toString()).initCause(e);
        }
    }

    @Override
    public void drain() {
        if (!readToEnd(TimeUnit.MILLISECONDS.toNanos(1), false)) {
            beside(() -> {
                if (!readToEnd(LINGER.toNanos(), true)) {
                    discard();
                }
            });
        }
    }

    /** Whether the connection was dealt with: given back after the end, or closed because that couldn't be reached. */
    private boolean readToEnd(long patienceNanos, boolean waits) {
        long start = System.nanoTime();
        try {
            while (System.nanoTime() - start < patienceNanos) {
                Signal signal = take(start, patienceNanos, waits);
                if (signal == null) {
                    return false;
                }
                trailingBytes += signal instanceof Part part ? part.bytes().getFirst().remaining() : 0;
                if (signal instanceof Whole || trailingBytes > MOST_TRAILING_BYTES) {
                    discard();
                    return true;
                }
            }
            return false;
        } catch (IOException | TimeoutException | CancellationException e) {
            // the answer is whole without it
            discard();
            return true;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            discard();
            return true;
        }
    }

    /** A server that refuses may not have read all of what is long, and the next call would wait behind the rest. */
    private void release(KeptSocket socket) {
        if (held.compareAndSet(socket, null)) {
            if (sent == socket && reader.leavesConnection() && socket.isDry() && (isShort() || reader.isGood())) {
                sockets.give(socket);
            } else {
                sockets.close(socket);
            }
        }
    }

    private void discard() {
        KeptSocket socket = held.getAndSet(null);
        if (socket != null) {
            sockets.close(socket);
        }
    }

    @Override
    public void abandon() {
        abandoned = true;
        discard();
        connected.cancel(true);
    }
}
