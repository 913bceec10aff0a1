package io.millrace.connector.http;

import java.io.IOException;
import java.io.InputStream;
import java.net.Proxy;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.util.concurrent.TimeUnit;

/** One connection and what was read from it and not yet understood. Owned by one call at a time; any thread may close it. */
final class KeptSocket {

    private static final int BUFFER_BYTES = 16 << 10;

    private final Socket socket = new Socket(Proxy.NO_PROXY);
    private final byte[] bytes = new byte[BUFFER_BYTES];
    private ByteBuffer unread = ByteBuffer.wrap(bytes, 0, 0);
    private InputStream in;
    private long freeSinceNanos;

    void connect(SocketAddress address, int patienceMs) throws IOException {
        socket.setTcpNoDelay(true);
        socket.connect(address, patienceMs);
        in = socket.getInputStream();
    }

    void write(byte[] request) throws IOException {
        socket.getOutputStream().write(request);
    }

    ByteBuffer unread() {
        return unread;
    }

    /**
     * Waits for bytes once all are understood.
     *
     * @param nanos longest wait; it is a millisecond at least
     * @return how many came; 0: none in time, -1: the server closed
     */
    int read(long nanos) throws IOException {
        try {
            socket.setSoTimeout((int) Math.clamp(TimeUnit.NANOSECONDS.toMillis(nanos), 1, Integer.MAX_VALUE));
            int count = in.read(bytes);
            unread = ByteBuffer.wrap(bytes, 0, Math.max(0, count));
            return count;
        } catch (SocketTimeoutException e) {
            return 0;
        }
    }

    /** Whether no byte is there to be read; a server that closed left none either. */
    boolean isDry() {
        try {
            return !unread.hasRemaining() && in.available() == 0;
        } catch (IOException e) {
            return false;
        }
    }

    void free() {
        freeSinceNanos = System.nanoTime();
    }

    long freeNanos() {
        return System.nanoTime() - freeSinceNanos;
    }

    /** Whether the server left it open and said nothing unasked; looks for a millisecond. */
    boolean isQuiet() {
        try {
            return !unread.hasRemaining() && read(0) == 0;
        } catch (IOException e) {
            return false;
        }
    }

    void close() {
        try {
            socket.close();
        } catch (IOException e) {
            // what could not be closed in order is closed all the same
        }
    }
}
