package io.millrace.tests.bench.gateway;

import io.millrace.tests.KeptConnection;
import io.millrace.tests.KeptConnection.Reply;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/** Clients on kept connections, each with one request after the other. Thread-safe. */
final class Load {

    private static final String PATH = "/v1/chat/completions";
    private static final int PATIENCE_MS = 30_000;

    private final Way way;
    private final String body;
    private final boolean streamed;

    /** @param model as this way calls it */
    Load(Way way, String model, boolean streamed) {
        this.way = way;
        this.streamed = streamed;
        this.body = "{\"model\":\"" + model + "\",\"messages\":[{\"role\":\"user\",\"content\":\"How does a mill work?\"}],\"max_tokens\":16"
                + (streamed ? ",\"stream\":true}" : "}");
    }

    /**
     * What one run was worth.
     *
     * @param perSecond answers
     * @param micros    of each: to its end, or where it is streamed to the first byte of its body; sorted
     * @param bad       answers that were no answers
     */
    record Figures(double perSecond, double[] micros, int bad) {

        double percentile(double part) {
            return micros.length == 0 ? Double.NaN : micros[Math.max(0, (int) Math.ceil(part * micros.length) - 1)];
        }
    }

    /** Runs so many clients for that long. */
    Figures run(int clients, double seconds) throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(clients)) {
            long start = System.nanoTime();
            long end = start + (long) (seconds * 1e9);
            List<Future<List<Reply>>> all = new ArrayList<>();
            for (int i = 0; i < clients; i++) {
                all.add(threads.submit(() -> client(end)));
            }
            List<double[]> micros = new ArrayList<>();
            int bad = 0;
            for (Future<List<Reply>> each : all) {
                double[] good = each.get().stream().filter(this::good).mapToDouble(this::micros).toArray();
                bad += each.get().size() - good.length;
                micros.add(good);
            }
            double[] sorted = micros.stream().flatMapToDouble(Arrays::stream).sorted().toArray();
            return new Figures(sorted.length * 1e9 / (System.nanoTime() - start), sorted, bad);
        }
    }

    private List<Reply> client(long untilNanos) throws IOException {
        List<Reply> replies = new ArrayList<>();
        KeptConnection connection = new KeptConnection(way.port(), PATIENCE_MS);
        try {
            byte[] request = connection.request(PATH, way.headers(), body);
            while (System.nanoTime() < untilNanos) {
                Reply reply = connection.send(request);
                replies.add(light(reply));
                if (!reply.clean()) {
                    connection.close();
                    connection = new KeptConnection(way.port(), PATIENCE_MS);
                }
            }
            return replies;
        } finally {
            connection.close();
        }
    }

    /** Without its text, of which the load would keep gigabytes; with the status of a good one only where it was one. */
    private Reply light(Reply reply) {
        boolean whole = streamed ? endsWith(reply.body(), "data: [DONE]") : reply.body().length > 0;
        return new Reply(whole ? reply.status() : 0, "", new byte[0], reply.clean(), reply.sentNanos(), reply.firstNanos(), reply.endNanos());
    }

    private static boolean endsWith(byte[] body, String mark) {
        int end = body.length;
        while (end > 0 && body[end - 1] <= ' ') {
            end--;
        }
        return end >= mark.length() && new String(body, end - mark.length(), mark.length(), StandardCharsets.US_ASCII).equals(mark);
    }

    private boolean good(Reply reply) {
        return reply.status() == way.status() && reply.clean();
    }

    private double micros(Reply reply) {
        return ((streamed ? reply.firstNanos() : reply.endNanos()) - reply.sentNanos()) / 1e3;
    }
}
