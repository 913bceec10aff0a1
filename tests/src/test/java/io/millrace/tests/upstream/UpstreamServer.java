package io.millrace.tests.upstream;

import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * The process: {@code PORT [--speed WORDS_PER_SECOND] [--name NAME]}. Speed 0 is a mock for benchmarks: no delay, short
 * answers. Beside the OpenAI interface there are {@code GET /test/requests}, {@code GET /test/faults} (those that happened)
 * and {@code POST /test/fault}, which arms some ({@link Faults#arm}). Listens on the loopback interface only. Thread-safe.
 */
public final class UpstreamServer implements AutoCloseable {

    /** Words of an answer whose request doesn't say. */
    public static final int USUAL_WORDS = 200;
    public static final int SHORT_WORDS = 16;
    private static final int BACKLOG = 1024;

    private final String name;
    private final double speed;
    private final ServerSocket door = new ServerSocket();
    private final ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
    private final Journal journal = new Journal();
    private final Faults faults = new Faults();

    UpstreamServer(int port, double speed, String name) throws IOException {
        this.name = name;
        this.speed = speed;
        door.setReuseAddress(true);
        door.bind(new InetSocketAddress(InetAddress.getByAddress(new byte[] {127, 0, 0, 1}), port), BACKLOG);
    }

    public static void main(String[] arguments) throws IOException {
        double speed = 150;
        String name = "upstream";
        for (int i = 1; i + 1 < arguments.length; i += 2) {
            switch (arguments[i]) {
                case "--speed" -> speed = Double.parseDouble(arguments[i + 1]);
                case "--name" -> name = arguments[i + 1];
                default -> throw new IllegalArgumentException(arguments[i] + ": PORT [--speed WORDS_PER_SECOND] [--name NAME]");
            }
        }
        UpstreamServer server = new UpstreamServer(Integer.parseInt(arguments[0]), speed, name);
        System.out.println(name + " listens on " + server.port());
        server.serve();
    }

    /** Takes connections until it is closed. */
    void serve() throws IOException {
        while (!door.isClosed()) {
            Socket socket = door.accept();
            clients.execute(() -> serve(socket));
        }
    }

    private void serve(Socket socket) {
        try (Connection connection = new Connection(socket)) {
            for (Connection.Request request = connection.next(); request != null; request = connection.next()) {
                if (!answer(connection, request)) {
                    return;
                }
            }
        } catch (IOException e) {
            // the client has gone: the journal shows an answer without an end
        }
    }

    /** @return whether the connection may be used again */
    private boolean answer(Connection connection, Connection.Request request) throws IOException {
        String path = request.path();
        if (path.endsWith("/completions")) {
            return complete(connection, request);
        }
        if (path.endsWith("/models")) {
            connection.answer(200, "{\"object\":\"list\",\"data\":[{\"id\":\"story\",\"object\":\"model\",\"created\":1700000000,\"owned_by\":\"llamacpp\"}]}");
        } else if (path.equals("/test/requests")) {
            connection.answer(200, journal.json());
        } else if (path.equals("/test/faults")) {
            connection.answer(200, faults.happened());
        } else if (path.equals("/test/fault")) {
            faults.arm(Asked.JSON.readTree(request.body()));
            connection.answer(200, "{}");
        } else if (path.equals("/health")) {
            connection.answer(200, "{\"status\":\"ok\"}");
        } else {
            refuse(connection, 404, "there is no " + path);
        }
        return true;
    }

    private boolean complete(Connection connection, Connection.Request request) throws IOException {
        Asked asked;
        try {
            asked = Asked.of(request.path(), request.body());
        } catch (IOException e) {
            refuse(connection, 400, "not a request: " + e.getMessage());
            return true;
        }
        Story story = Story.of(asked.prompt());
        int said = story.said(asked.said());
        Journal.Entry entry = journal.enter(request.path(), asked, said, said < 0 ? 400 : 200);
        if (said < 0) {
            refuse(connection, 400, "the answer does not begin so: " + asked.said());
            entry.ended("refused");
            return true;
        }
        return new Answering(connection, asked, story, said, entry, faults.take(asked), this).give();
    }

    private static void refuse(Connection connection, int status, String why) throws IOException {
        connection.answer(status, Asked.JSON.createObjectNode().set("error",
                Asked.JSON.createObjectNode().put("code", status).put("message", why).put("type", "invalid_request_error")).toString());
    }

    int port() {
        return door.getLocalPort();
    }

    String name() {
        return name;
    }

    double speed() {
        return speed;
    }

    int usualWords() {
        return speed == 0 ? SHORT_WORDS : USUAL_WORDS;
    }

    Faults faults() {
        return faults;
    }

    @Override
    public void close() throws IOException {
        door.close();
        clients.shutdownNow();
    }
}
