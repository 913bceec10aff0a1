package io.millrace.tests.upstream;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/** HTTP/1.1 on a bare socket, which alone can be broken in every way. Owned by one thread. */
final class Connection implements AutoCloseable {

    private static final int MOST_HEAD = 64 * 1024;
    private static final int MOST_BODY = 16 * 1024 * 1024;

    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;
    private final byte[] buffer = new byte[16 * 1024];
    private int from;
    private int to;
    private boolean open = true;

    record Request(String method, String path, byte[] body) {}

    Connection(Socket socket) throws IOException {
        this.socket = socket;
        socket.setTcpNoDelay(true);
        in = socket.getInputStream();
        out = socket.getOutputStream();
    }

    /** The next request; null: the client has gone, or asked for this connection's end before. */
    Request next() throws IOException {
        String start = open ? line() : null;
        if (start == null) {
            return null;
        }
        int length = 0;
        boolean chunked = false;
        int head = start.length();
        for (String line = line(); line != null && !line.isEmpty(); line = line()) {
            head += line.length();
            if (head > MOST_HEAD) {
                throw new IOException("a head of more than " + MOST_HEAD + " bytes");
            }
            String header = line.toLowerCase(Locale.ROOT);
            if (header.startsWith("content-length:")) {
                length = Integer.parseInt(header.substring(15).strip());
            } else if (header.startsWith("transfer-encoding:")) {
                chunked = header.endsWith("chunked");
            } else if (header.startsWith("connection:")) {
                open = !header.contains("close");
            } else if (header.startsWith("expect:")) {
                write("HTTP/1.1 100 Continue\r\n\r\n");
            }
        }
        String[] parts = start.split(" ");
        return new Request(parts[0], parts[1], chunked ? chunks() : bytes(length));
    }

    /** A whole answer. */
    void answer(int status, String json) throws IOException {
        answer(status, "application/json", json);
    }

    void answer(int status, String type, String text) throws IOException {
        byte[] body = text.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("HTTP/1.1 " + status + " " + (status == 200 ? "OK" : "Not so") + "\r\nContent-Type: " + type + "\r\nContent-Length: "
                + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] both = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, both, head.length, body.length);
        out.write(both);
    }

    void beginStream() throws IOException {
        write("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nCache-Control: no-cache\r\nTransfer-Encoding: chunked\r\n\r\n");
    }

    /** One event of a stream, in a chunk of its own. */
    void event(String data) throws IOException {
        chunk("data: " + data + "\n\n");
    }

    void chunk(String text) throws IOException {
        chunk(text.getBytes(StandardCharsets.UTF_8));
    }

    void chunk(byte[] text) throws IOException {
        byte[] size = (Integer.toHexString(text.length) + "\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = new byte[size.length + text.length + 2];
        System.arraycopy(size, 0, all, 0, size.length);
        System.arraycopy(text, 0, all, size.length, text.length);
        all[all.length - 2] = '\r';
        all[all.length - 1] = '\n';
        out.write(all);
    }

    void endStream() throws IOException {
        write("0\r\n\r\n");
    }

    /** Bytes that may be HTTP or not. */
    void write(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
    }

    /** Says nothing until the client goes. */
    void silence() throws IOException {
        while (in.read() >= 0) {
            Thread.onSpinWait();
        }
    }

    /** Breaks off: the client sees a reset. */
    void reset() throws IOException {
        socket.setSoLinger(true, 0);
        close();
    }

    @Override
    public void close() throws IOException {
        open = false;
        socket.close();
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = read(); next != '\n'; next = read()) {
            if (next < 0) {
                return null;
            }
            if (line.length() > MOST_HEAD) {
                throw new IOException("a line of more than " + MOST_HEAD + " bytes");
            }
            line.append((char) next);
        }
        return line.toString().stripTrailing();
    }

    private byte[] chunks() throws IOException {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (int size = Integer.parseInt(line(), 16); size > 0; size = Integer.parseInt(line(), 16)) {
            all.writeBytes(bytes(size));
            line();
            if (all.size() > MOST_BODY) {
                throw new IOException("a body of more than " + MOST_BODY + " bytes");
            }
        }
        line();
        return all.toByteArray();
    }

    private byte[] bytes(int count) throws IOException {
        if (count > MOST_BODY) {
            throw new IOException("a body of more than " + MOST_BODY + " bytes");
        }
        byte[] bytes = new byte[count];
        for (int done = 0; done < count; ) {
            if (from == to && !fill()) {
                throw new EOFException("the client went inside a body");
            }
            int part = Math.min(count - done, to - from);
            System.arraycopy(buffer, from, bytes, done, part);
            from += part;
            done += part;
        }
        return bytes;
    }

    private int read() throws IOException {
        return from < to || fill() ? buffer[from++] & 0xff : -1;
    }

    private boolean fill() throws IOException {
        from = 0;
        to = Math.max(0, in.read(buffer));
        return to > 0;
    }
}
