package io.millrace.tests.system;

import io.millrace.tests.MillraceServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;

/** A bare connection, for what no HTTP library sends. Owned by one thread. */
final class Wire implements AutoCloseable {

    private static final int PATIENCE_MS = 20_000;

    private final Socket socket;

    private Wire(Socket socket) {
        this.socket = socket;
    }

    static Wire to(MillraceServer server) throws IOException {
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), server.port());
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(PATIENCE_MS);
        return new Wire(socket);
    }

    /** The head of a chat request that is right but for {@code headers}, which it goes on with. */
    static String head(MillraceServer server, String headers) {
        return "POST " + Client.CHAT + " HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + server.key()
                + "\r\nContent-Type: application/json\r\n" + headers + "\r\n";
    }

    /** A whole chat request. */
    static String chat(MillraceServer server, Object body) {
        String text = body.toString();
        return head(server, "Content-Length: " + text.getBytes(StandardCharsets.UTF_8).length + "\r\n") + text;
    }

    Wire send(String text) throws IOException {
        return send(text.getBytes(StandardCharsets.UTF_8));
    }

    Wire send(byte[] bytes) throws IOException {
        socket.getOutputStream().write(bytes);
        socket.getOutputStream().flush();
        return this;
    }

    /** Reads on until {@code text} has come; everything up to it. */
    String await(String text) throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        while (!read.toString(StandardCharsets.ISO_8859_1).contains(text)) {
            int next = socket.getInputStream().read();
            if (next < 0) {
                throw new IOException("the connection ended before '" + text + "': " + read);
            }
            read.write(next);
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    /** Everything that comes until the server closes; a reset ends it too. */
    String readAll() throws IOException {
        ByteArrayOutputStream read = new ByteArrayOutputStream();
        byte[] buffer = new byte[8192];
        try {
            for (int count = socket.getInputStream().read(buffer); count >= 0; count = socket.getInputStream().read(buffer)) {
                read.write(buffer, 0, count);
            }
        } catch (java.net.SocketException e) {
            // reset: what came before it tells
        }
        return read.toString(StandardCharsets.UTF_8);
    }

    /** Says that nothing more will be sent. */
    void finish() throws IOException {
        socket.shutdownOutput();
    }

    /** Goes without a word of goodbye: the server gets a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
