package io.millrace.tests.bench.serving;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.MillraceServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;

/** Clients of one server, each on a bare socket and a connection of its own. Thread-safe. */
final class Load {

    /** Longest that any request is listened to. */
    static final long PATIENCE_NANOS = TimeUnit.MINUTES.toNanos(5);
    private static final ObjectMapper JSON = new ObjectMapper();

    private final MillraceServer server;
    private final String key;

    Load(MillraceServer server) {
        this.server = server;
        this.key = server.key();
    }

    /** Sends all at once and waits for all. */
    List<Heard> together(List<Ask> asks) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            return all(asks.stream().map(ask -> clients.submit(() -> hear(ask))).toList());
        }
    }

    List<Heard> oneByOne(List<Ask> asks) {
        List<Heard> heard = new ArrayList<>();
        asks.forEach(ask -> heard.add(hear(ask)));
        return heard;
    }

    static <T> List<T> all(List<Future<T>> futures) throws Exception {
        List<T> values = new ArrayList<>();
        for (Future<T> each : futures) {
            values.add(each.get());
        }
        return values;
    }

    Heard hear(Ask ask) {
        return hear(ask, System.nanoTime() + PATIENCE_NANOS);
    }

    /** Listens until the answer ends or that moment has come; then the connection is closed, which cancels the call. */
    Heard hear(Ask ask, long untilNanos) {
        Listener listener = new Listener();
        try (Socket socket = new Socket("127.0.0.1", server.port())) {
            byte[] body = ask.body().getBytes(StandardCharsets.UTF_8);
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(("POST /v1/completions HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " + key
                    + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            listener.listen(socket, untilNanos);
        } catch (IOException e) {
            // broken off or late: it shows as not done
        }
        return listener.heard();
    }

    /** The server's metrics page. */
    String metrics() throws IOException {
        return new String(java.net.URI.create(server.address() + "/metrics").toURL().openStream().readAllBytes(),
                StandardCharsets.UTF_8);
    }

    private static final class Listener {
        private final long sent = System.nanoTime();
        private final StringBuilder text = new StringBuilder();
        private long[] pieces = new long[64];
        private int count;
        private int status;
        private boolean done;
        private JsonNode usage;

        void listen(Socket socket, long untilNanos) throws IOException {
            BufferedReader lines = new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8));
            while (!done) {
                long left = TimeUnit.NANOSECONDS.toMillis(untilNanos - System.nanoTime());
                if (left <= 0) {
                    return;
                }
                socket.setSoTimeout((int) left);
                String line = lines.readLine();
                if (line == null || line.startsWith("data: {\"error\"") || status != 200 && line.isEmpty()) {
                    return;
                }
                take(line);
            }
        }

        private void take(String line) throws IOException {
            if (status == 0 && line.startsWith("HTTP/1.1 ")) {
                status = Integer.parseInt(line.substring(9, 12));
            } else if (line.equals("data: [DONE]")) {
                done = true;
            } else if (line.startsWith("data: {")) {
                long now = System.nanoTime();
                if (line.contains("\"usage\":{")) {
                    usage = JSON.readTree(line.substring(6)).get("usage");
                } else if (line.contains("\"finish_reason\":null")) {
                    pieces = count == pieces.length ? Arrays.copyOf(pieces, 2 * count) : pieces;
                    pieces[count++] = now;
                    text.append(line, line.indexOf("\"text\":"), line.indexOf(",\"logprobs\"", line.indexOf("\"text\":")));
                }
            }
        }

        Heard heard() {
            return new Heard(status, done, sent, System.nanoTime(), Arrays.copyOf(pieces, count), of("/completion_tokens"),
                    of("/prompt_tokens"), of("/prompt_tokens_details/cached_tokens"), text.toString().replace("\"text\":\"", "").replace("\"", ""));
        }

        private int of(String field) {
            return usage == null ? 0 : usage.at(field).asInt();
        }
    }
}
