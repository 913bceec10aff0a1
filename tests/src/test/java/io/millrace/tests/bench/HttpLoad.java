package io.millrace.tests.bench;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Streams that a client reads over HTTP, one connection each. A bare socket, because the load shares its processors
 * with the server and a comfortable client would take more of them than the server does.
 */
final class HttpLoad {

    private final String host;
    private final int port;
    private final String key;

    HttpLoad(String host, int port, String key) {
        this.host = host;
        this.port = port;
        this.key = key;
    }

    private record Stream(int tokens, long firstNanos, long endNanos) {}

    /** Generates {@code tokens} tokens for each prompt, all at once. */
    Run run(List<int[]> prompts, int tokens) throws Exception {
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            long start = System.nanoTime();
            List<Future<Stream>> streams = prompts.stream().map(prompt -> clients.submit(() -> stream(prompt, tokens))).toList();
            long[] first = new long[streams.size()];
            long end = 0;
            int made = 0;
            for (int i = 0; i < first.length; i++) {
                Stream stream = streams.get(i).get();
                first[i] = stream.firstNanos();
                end = Math.max(end, stream.endNanos());
                made += stream.tokens();
            }
            return Run.of(made, start, end, first);
        }
    }

    private Stream stream(int[] prompt, int tokens) throws IOException {
        byte[] body = ("{\"prompt\":" + Arrays.toString(prompt) + ",\"max_tokens\":" + tokens + ",\"temperature\":0,"
                + "\"stream\":true,\"stream_options\":{\"include_usage\":true}}").getBytes(StandardCharsets.UTF_8);
        try (Socket socket = new Socket(host, port)) {
            socket.setTcpNoDelay(true);
            socket.getOutputStream().write(("POST /v1/completions HTTP/1.1\r\nHost: " + host + "\r\nAuthorization: Bearer "
                    + key + "\r\nContent-Type: application/json\r\nContent-Length: " + body.length + "\r\n\r\n")
                    .getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().write(body);
            return read(new BufferedReader(new InputStreamReader(socket.getInputStream(), StandardCharsets.UTF_8)));
        }
    }

    private static Stream read(BufferedReader lines) throws IOException {
        long first = 0;
        int tokens = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
            if (line.startsWith("data: {\"error\"") || line.startsWith("HTTP/1.1 4") || line.startsWith("HTTP/1.1 5")) {
                throw new IOException("the server answered " + line);
            }
            if (line.equals("data: [DONE]")) {
                return new Stream(tokens, first, System.nanoTime());
            }
            if (first == 0 && line.startsWith("data: ")) {
                first = System.nanoTime();
            }
            int usage = line.indexOf("\"completion_tokens\":");
            if (usage >= 0) {
                tokens = Integer.parseInt(line.substring(usage + 20, line.indexOf(',', usage)));
            }
        }
        throw new IOException("the stream ended without [DONE]");
    }
}
