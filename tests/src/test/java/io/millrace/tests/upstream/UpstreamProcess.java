package io.millrace.tests.upstream;

import com.fasterxml.jackson.annotation.JsonView;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.lang.ProcessBuilder.Redirect;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** An {@link UpstreamServer} in a process of its own, which can be killed, stopped and started again. Owned by one thread. */
public final class UpstreamProcess implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(10);
    private static final HttpClient HTTP = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).connectTimeout(PATIENCE).build();

    private final int port;
    private final String name;
    private final double wordsPerSecond;
    /** A shell that is there already: a signal must not wait for a process to start. */
    private final Process shell;
    private Process server;

    private UpstreamProcess(int port, String name, double wordsPerSecond) throws IOException {
        this.port = port;
        this.name = name;
        this.wordsPerSecond = wordsPerSecond;
        this.shell = new ProcessBuilder("sh").redirectError(Redirect.INHERIT).redirectOutput(Redirect.DISCARD).start();
    }

    /**
     * A request that the server took.
     *
     * @param nanos  when it was read whole
     * @param said   words that its client had already; -1: the text was another one
     * @param ending finished, gone (the client), refused or a fault's name; null: still under way
     */
    public record Taken(long id, long nanos, String prompt, boolean continuation, int said, int given, int status, String ending) {}

    /** A fault that happened. */
    public record Happened(Fault.Kind kind, long request, String prompt, int given, long nanos) {}

    /** Returns when the server listens. */
    public static UpstreamProcess start(String name, double wordsPerSecond) throws IOException {
        return start(io.millrace.tests.MillraceServer.freePort(), name, wordsPerSecond);
    }

    public static UpstreamProcess start(int port, String name, double wordsPerSecond) throws IOException {
        UpstreamProcess upstream = new UpstreamProcess(port, name, wordsPerSecond);
        upstream.restart();
        return upstream;
    }

    /** Starts the server on its port again after a kill; it remembers nothing. */
    public void restart() throws IOException {
        String classes = Stream.of(UpstreamServer.class, ObjectMapper.class, JsonFactory.class, JsonView.class)
                .map(UpstreamProcess::home).collect(Collectors.joining(":"));
        server = new ProcessBuilder(Path.of(System.getProperty("java.home"), "bin", "java").toString(), "-XX:+UseSerialGC", "-Xmx128m",
                "-Xshare:auto", "-cp", classes, UpstreamServer.class.getName(), Integer.toString(port),
                "--speed", Double.toString(wordsPerSecond), "--name", name).redirectError(Redirect.INHERIT).start();
        if (server.inputReader(StandardCharsets.UTF_8).readLine() == null) {
            throw new IOException(name + " does not start on port " + port);
        }
    }

    private static String home(Class<?> type) {
        return Path.of(URI.create(type.getProtectionDomain().getCodeSource().getLocation().toString())).toString();
    }

    /** What a client calls its base URL. */
    public String baseUrl() {
        return "http://127.0.0.1:" + port + "/v1";
    }

    public int port() {
        return port;
    }

    public void arm(Fault fault) {
        send("POST", "/test/fault", Asked.JSON.createObjectNode().put("kind", fault.kind().word()).put("after", fault.after())
                .put("containing", fault.containing()).toString());
    }

    /** Forgets the faults that have not happened. */
    public void disarm() {
        send("POST", "/test/fault", "{\"clear\":true}");
    }

    public List<Taken> requests() {
        List<Taken> taken = new ArrayList<>();
        get("/test/requests").forEach(each -> taken.add(new Taken(each.get("id").asLong(), each.get("nanos").asLong(), each.get("prompt").asText(),
                each.get("continuation").asBoolean(), each.get("said").asInt(), each.get("given").asInt(), each.get("status").asInt(),
                each.get("ending").textValue())));
        return taken;
    }

    public List<Happened> faults() {
        List<Happened> happened = new ArrayList<>();
        get("/test/faults").forEach(each -> happened.add(new Happened(Fault.Kind.of(each.get("kind").asText()), each.get("request").asLong(),
                each.get("prompt").asText(), each.get("given").asInt(), each.get("nanos").asLong())));
        return happened;
    }

    /** Sends SIGKILL; the moment before. */
    public long kill() throws InterruptedException {
        long before = System.nanoTime();
        server.destroyForcibly();
        server.waitFor();
        return before;
    }

    /** Sends SIGSTOP; the moment before. */
    public long pause() throws IOException {
        long before = System.nanoTime();
        signal("STOP");
        return before;
    }

    /** Sends SIGCONT. */
    public void resume() throws IOException {
        signal("CONT");
    }

    private void signal(String signal) throws IOException {
        Writer commands = shell.outputWriter();
        commands.write("kill -" + signal + " " + server.pid() + "\n");
        commands.flush();
    }

    private JsonNode get(String path) {
        try {
            return Asked.JSON.readTree(send("GET", path, null));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String send(String method, String path, String body) {
        HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).timeout(PATIENCE)
                .method(method, body == null ? HttpRequest.BodyPublishers.noBody() : HttpRequest.BodyPublishers.ofString(body)).build();
        try {
            HttpResponse<String> response = HTTP.send(request, HttpResponse.BodyHandlers.ofString());
            if (response.statusCode() != 200) {
                throw new IOException(name + " answered " + response.statusCode() + ": " + response.body());
            }
            return response.body();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    @Override
    public void close() {
        server.destroyForcibly();
        shell.destroy();
        try {
            server.waitFor(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
