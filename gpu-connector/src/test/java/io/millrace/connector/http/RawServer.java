package io.millrace.connector.http;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import javax.net.ssl.SSLContext;

/** A server on a bare socket, which can do what a proper one would not: trickle, break off, talk rubbish. */
public final class RawServer implements AutoCloseable {

    /** @param headers by name in small letters */
    public record Request(String method, String target, Map<String, String> headers, String body) {}

    /** What a server does with one request. */
    public interface Script {
        void play(Request request, Wire wire) throws IOException, InterruptedException;
    }

    /** The way back to the client. */
    public static final class Wire {
        private final Socket socket;
        private final OutputStream out;

        Wire(Socket socket) throws IOException {
            this.socket = socket;
            this.out = socket.getOutputStream();
        }

        public Wire raw(String text) throws IOException {
            out.write(text.getBytes(StandardCharsets.UTF_8));
            out.flush();
            return this;
        }

        /** The head of a streamed answer. */
        public Wire events() throws IOException {
            return raw("HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n");
        }

        Wire chunk(byte[] bytes) throws IOException {
            out.write((Integer.toHexString(bytes.length) + "\r\n").getBytes(StandardCharsets.US_ASCII));
            out.write(bytes);
            return raw("\r\n");
        }

        /** One event. */
        public Wire data(String json) throws IOException {
            return chunk(("data: " + json + "\n\n").getBytes(StandardCharsets.UTF_8));
        }

        public Wire text(String text) throws IOException {
            return data("{\"choices\":[{\"index\":0,\"delta\":{\"content\":\"" + text + "\"},\"finish_reason\":null}]}");
        }

        public Wire stop() throws IOException {
            return data("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"stop\"}]}").data("[DONE]");
        }

        /** The end of a streamed answer, in order. */
        public void end() throws IOException {
            raw("0\r\n\r\n");
        }

        void answer(int status, String headers, String body) throws IOException {
            raw("HTTP/1.1 " + status + " X\r\nContent-Length: " + body.getBytes(StandardCharsets.UTF_8).length + "\r\n" + headers + "\r\n" + body);
        }

        public void reset() throws IOException {
            socket.setSoLinger(true, 0);
            socket.close();
        }

        void close() throws IOException {
            socket.close();
        }

        /** Until the client goes away. */
        void awaitClosed() {
            try {
                while (socket.getInputStream().read() >= 0) {
                    // a byte that nobody asked for
                }
            } catch (IOException _) {
                // reset
            }
        }
    }

    final List<Request> requests = new CopyOnWriteArrayList<>();
    final AtomicInteger accepts = new AtomicInteger();
    /** Opened when a client goes away whose script waits for that. */
    final CountDownLatch left = new CountDownLatch(1);
    private final List<Socket> open = new CopyOnWriteArrayList<>();
    private final ServerSocket socket;
    private final boolean secure;
    private final Script script;

    public RawServer(Script script) {
        this(script, null);
    }

    RawServer(Script script, SSLContext context) {
        this.script = script;
        this.secure = context != null;
        try {
            socket = secure ? context.getServerSocketFactory().createServerSocket(0, 50, InetAddress.getLoopbackAddress())
                    : new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    public URI base() {
        return URI.create((secure ? "https" : "http") + "://localhost:" + socket.getLocalPort() + "/v1");
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                accepts.incrementAndGet();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try {
            Wire wire = new Wire(client);
            for (Request request = read(client.getInputStream()); request != null; request = read(client.getInputStream())) {
                requests.add(request);
                script.play(request, wire);
            }
        } catch (IOException | InterruptedException _) {
            // the client went away, or the test is over
        }
    }

    private static Request read(InputStream in) throws IOException {
        String first = line(in);
        if (first == null) {
            return null;
        }
        Map<String, String> headers = new TreeMap<>();
        for (String line = line(in); line != null && !line.isEmpty(); line = line(in)) {
            headers.put(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT), line.substring(line.indexOf(':') + 1).strip());
        }
        byte[] body = in.readNBytes(Integer.parseInt(headers.getOrDefault("content-length", "0")));
        return new Request(first.split(" ")[0], first.split(" ")[1], headers, new String(body, StandardCharsets.UTF_8));
    }

    private static String line(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = in.read(); next != '\n'; next = in.read()) {
            if (next < 0) {
                return null;
            }
            if (next != '\r') {
                line.append((char) next);
            }
        }
        return line.toString();
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : open) {
            each.close();
        }
    }
}
