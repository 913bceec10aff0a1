package io.millrace.tests;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Locale;

/**
 * A kept HTTP/1.1 connection on a bare socket: cheap enough for load on the server's own processors, and it shows how an
 * answer ended. Owned by one thread.
 */
public final class KeptConnection implements AutoCloseable {

    private final String host;
    private final Socket socket;
    private final InputStream in;
    private final byte[] buffer = new byte[32 * 1024];
    private int from;
    private int to;

    public KeptConnection(int port, int patienceMs) throws IOException {
        host = "127.0.0.1:" + port;
        socket = new Socket("127.0.0.1", port);
        socket.setTcpNoDelay(true);
        socket.setSoTimeout(patienceMs);
        in = socket.getInputStream();
    }

    /**
     * What came.
     *
     * @param status     0: not even a head
     * @param clean      whether it came to the end that its head promised; false: the connection broke or fell silent
     * @param firstNanos when the first of its body came
     */
    public record Reply(int status, String head, byte[] body, boolean clean, long sentNanos, long firstNanos, long endNanos) {

        public String text() {
            return new String(body, StandardCharsets.UTF_8);
        }

        /** The value of a header, or null. */
        public String header(String name) {
            return head.lines().filter(line -> line.toLowerCase(Locale.ROOT).startsWith(name.toLowerCase(Locale.ROOT) + ":"))
                    .map(line -> line.substring(name.length() + 1).strip()).findFirst().orElse(null);
        }
    }

    /** The bytes of a request that can be sent again and again. */
    public byte[] request(String path, String headers, String json) {
        byte[] body = json.getBytes(StandardCharsets.UTF_8);
        byte[] head = ("POST " + path + " HTTP/1.1\r\nHost: " + host + "\r\n" + headers + "Content-Type: application/json\r\nContent-Length: "
                + body.length + "\r\n\r\n").getBytes(StandardCharsets.US_ASCII);
        byte[] all = Arrays.copyOf(head, head.length + body.length);
        System.arraycopy(body, 0, all, head.length, body.length);
        return all;
    }

    /** Sends it and reads the answer to its end, whatever that is. */
    public Reply send(byte[] request) {
        Reading reading = new Reading();
        try {
            socket.getOutputStream().write(request);
            reading.read();
        } catch (IOException | NumberFormatException e) {
            // how far it came tells
        }
        return reading.reply();
    }

    private final class Reading {
        private final long sent = System.nanoTime();
        private final ByteArrayOutputStream body = new ByteArrayOutputStream(4096);
        private String head = "";
        private int status;
        private long first;
        private boolean clean;

        void read() throws IOException {
            StringBuilder lines = new StringBuilder();
            int length = -1;
            boolean chunked = false;
            for (String line = line(); !line.isEmpty(); line = line()) {
                lines.append(line).append('\n');
                String lower = line.toLowerCase(Locale.ROOT);
                if (lower.startsWith("content-length:")) {
                    length = Integer.parseInt(lower.substring(15).strip());
                } else if (lower.startsWith("transfer-encoding:")) {
                    chunked = true;
                }
            }
            head = lines.toString();
            status = Integer.parseInt(head.substring(9, 12));
            if (chunked) {
                chunks();
            } else if (length >= 0) {
                body(length);
            } else {
                throw new IOException("an answer without an end");
            }
            clean = true;
        }

        private void chunks() throws IOException {
            for (int size = size(); size > 0; size = size()) {
                body(size);
                line();
            }
            line();
        }

        private int size() throws IOException {
            return Integer.parseInt(line(), 16);
        }

        private void body(int count) throws IOException {
            for (int left = count; left > 0; ) {
                fillIfEmpty();
                first = first == 0 ? System.nanoTime() : first;
                int part = Math.min(left, to - from);
                body.write(buffer, from, part);
                from += part;
                left -= part;
            }
        }

        Reply reply() {
            return new Reply(status, head, body.toByteArray(), clean, sent, first, System.nanoTime());
        }
    }

    private String line() throws IOException {
        StringBuilder line = new StringBuilder(64);
        for (fillIfEmpty(); buffer[from] != '\n'; fillIfEmpty()) {
            line.append((char) (buffer[from++] & 0xff));
        }
        from++;
        return line.toString().stripTrailing();
    }

    private void fillIfEmpty() throws IOException {
        if (from == to) {
            from = 0;
            to = Math.max(0, in.read(buffer));
            if (to == 0) {
                throw new EOFException("the connection ended");
            }
        }
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
