package io.millrace.launcher.download;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
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
import java.util.function.Function;

/** A web server on a bare socket, which can do what a proper one would not: lie about lengths and break off. */
final class FaultyServer implements AutoCloseable {

    /** @param headers by name in small letters */
    record Request(String target, Map<String, String> headers) {
        String header(String name) {
            return headers.getOrDefault(name, "");
        }

        /** First byte that is asked for. */
        int from() {
            return header("range").isEmpty() ? 0 : Integer.parseInt(header("range").replaceAll("bytes=(\\d+)-", "$1"));
        }
    }

    /**
     * What goes over the wire.
     *
     * @param most   bytes of the body that are sent, whatever the header promises
     * @param stalls whether the connection then stays open and silent
     * @param pause  before each eighth of the body, milliseconds
     */
    record Answer(int status, Map<String, String> headers, byte[] body, int most, boolean stalls, int pause) {

        static Answer of(int status, Map<String, String> headers, byte[] body) {
            return new Answer(status, headers, body, Integer.MAX_VALUE, false, 0);
        }

        /** A file as a good server would give it, in whole or in part. */
        static Answer file(Request request, byte[] file, String etag) {
            boolean partly = !request.header("range").isEmpty() && (request.header("if-range").isEmpty() || request.header("if-range").equals(etag));
            if (!partly) {
                return of(200, Map.of("Content-Length", String.valueOf(file.length), "ETag", etag), file);
            }
            if (request.from() >= file.length) {
                return of(416, Map.of("Content-Range", "bytes */" + file.length, "Content-Length", "0"), new byte[0]);
            }
            byte[] rest = java.util.Arrays.copyOfRange(file, request.from(), file.length);
            return of(206, Map.of("Content-Length", String.valueOf(rest.length), "ETag", etag,
                    "Content-Range", "bytes " + request.from() + "-" + (file.length - 1) + "/" + file.length), rest);
        }

        static Answer redirect(String to) {
            return of(302, Map.of("Location", to, "Content-Length", "0"), new byte[0]);
        }

        /** The same, broken off after so many bytes. */
        Answer brokenOffAfter(int bytes) {
            return new Answer(status, headers, body, bytes, false, 0);
        }

        Answer silentAfter(int bytes) {
            return new Answer(status, headers, body, bytes, true, 0);
        }

        Answer slowly(int pauseMs) {
            return new Answer(status, headers, body, most, stalls, pauseMs);
        }

        Answer with(String name, String value) {
            Map<String, String> more = new TreeMap<>(headers);
            more.put(name, value);
            return new Answer(status, more, body, most, stalls, pause);
        }
    }

    private final ServerSocket socket;
    private final Function<Request, Answer> answers;
    private final List<Request> requests = new CopyOnWriteArrayList<>();
    private final List<Socket> open = new CopyOnWriteArrayList<>();

    FaultyServer(Function<Request, Answer> answers) {
        this.answers = answers;
        try {
            socket = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        } catch (IOException e) {
            throw new java.io.UncheckedIOException(e);
        }
        Thread.ofVirtual().start(this::accept);
    }

    private void accept() {
        while (!socket.isClosed()) {
            try {
                Socket client = socket.accept();
                open.add(client);
                Thread.ofVirtual().start(() -> serve(client));
            } catch (IOException _) {
                return;
            }
        }
    }

    private void serve(Socket client) {
        try {
            BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.ISO_8859_1));
            String[] first = in.readLine().split(" ");
            Map<String, String> headers = new TreeMap<>();
            for (String line = in.readLine(); line != null && !line.isEmpty(); line = in.readLine()) {
                headers.put(line.substring(0, line.indexOf(':')).toLowerCase(Locale.ROOT), line.substring(line.indexOf(':') + 1).strip());
            }
            Request request = new Request(first[1], headers);
            requests.add(request);
            Answer answer = answers.apply(request);
            write(client.getOutputStream(), answer);
            if (!answer.stalls) {
                client.close();
            }
        } catch (IOException | InterruptedException | RuntimeException _) {
            // the client went away, or the test is over
        }
    }

    private static void write(OutputStream out, Answer answer) throws IOException, InterruptedException {
        StringBuilder head = new StringBuilder("HTTP/1.1 " + answer.status + " X\r\nConnection: close\r\n");
        answer.headers.forEach((name, value) -> head.append(name).append(": ").append(value).append("\r\n"));
        out.write(head.append("\r\n").toString().getBytes(StandardCharsets.UTF_8));
        int length = Math.min(answer.most, answer.body.length);
        int step = answer.pause == 0 ? length : length / 8 + 1;
        for (int at = 0; at < length; at += step) {
            Thread.sleep(answer.pause);
            out.write(answer.body, at, Math.min(step, length - at));
            out.flush();
        }
        out.flush();
    }

    List<Request> requests() {
        return requests;
    }

    URI at(String path) {
        return URI.create("http://127.0.0.1:" + socket.getLocalPort() + path);
    }

    @Override
    public void close() throws IOException {
        socket.close();
        for (Socket each : open) {
            each.close();
        }
    }
}
