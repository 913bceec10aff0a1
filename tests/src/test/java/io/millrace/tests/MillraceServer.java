package io.millrace.tests;

import io.millrace.connector.gguf.SeedModel;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/**
 * A Millrace that runs as a user's does: the assembled build, started by the launcher, in a process and a data folder
 * of its own. {@link #shared} starts one for all tests of this JVM that only talk to it.
 */
public final class MillraceServer implements AutoCloseable {

    private static final Path ROOT = Path.of(System.getProperty("millrace.root", "..")).toAbsolutePath().normalize();
    private static final Path DIST = ROOT.resolve("ear/target/dist");
    private static final long START_SECONDS = 180;
    /** Exit status of {@code run}: started but not able to serve. */
    private static final int NOT_READY = 4;
    private static MillraceServer shared;

    private final Path data;
    private final int port;
    private final Map<String, String> environment;

    private MillraceServer(Path data, int port, Map<String, String> environment) {
        this.data = data;
        this.port = port;
        this.environment = environment;
    }

    /**
     * The server that all tests of this JVM share; it serves the small seeded model and stops with the JVM. It computes in
     * 32 bits: tests compare a text with the same one again, whose prompt then comes out of the cache.
     */
    public static synchronized MillraceServer shared() {
        if (shared == null) {
            shared = start(temporaryFolder(), exact(Map.of()));
            Runtime.getRuntime().addShutdownHook(new Thread(shared::close));
        }
        return shared;
    }

    /** Settings, with those that have a server compute in 32 bits and in a fixed order: then equal texts come out equal. */
    public static Map<String, String> exact(Map<String, String> more) {
        Map<String, String> settings = new HashMap<>(more);
        settings.put("MILLRACE_ENGINE_KV_TYPE", "f32");
        settings.put("MILLRACE_ENGINE_FLASH_ATTENTION", "off");
        return settings;
    }

    /** Starts a server of its own on {@code data}, with the small model, and returns when it is ready. */
    public static MillraceServer start(Path data, Map<String, String> environment) {
        return start(data, smallModel(), environment);
    }

    /** Starts a server of its own that serves {@code model}. */
    public static MillraceServer start(Path data, Path model, Map<String, String> environment) {
        MillraceServer server = new MillraceServer(data, freePort(), environment);
        Result started = server.launch("run", "--port", Integer.toString(server.port), "--model", model.toString());
        if (started.status() != 0) {
            throw new IllegalStateException("Millrace does not start: " + started.output());
        }
        return server;
    }

    /** Starts a server that can't serve {@code model} and stays up without one; returns when it has said so. */
    public static MillraceServer startUnready(Path data, Path model, Map<String, String> environment) {
        MillraceServer server = new MillraceServer(data, freePort(), environment);
        Result started = server.launch("run", "--port", Integer.toString(server.port), "--model", model.toString());
        if (started.status() != NOT_READY) {
            server.close();
            throw new IllegalStateException("Millrace ends with " + started.status() + ": " + started.output());
        }
        return server;
    }

    /** What a launcher command said and how it ended. */
    public record Result(int status, String output) {}

    /** Runs a launcher command on this server's data folder, as {@code ./millrace} does after it has built. */
    public Result launch(String command, String... arguments) {
        List<String> all = new ArrayList<>(List.of(command));
        all.addAll(List.of(arguments));
        all.addAll(List.of("--data", data.toString()));
        return launcher(environment, all.toArray(String[]::new));
    }

    /** Runs any launcher command. */
    public static Result launcher(Map<String, String> environment, String... arguments) {
        List<String> command = new ArrayList<>(List.of(Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Xmx64m", "--enable-native-access=ALL-UNNAMED", "-Dlauncher.root=" + ROOT,
                "-cp", DIST.resolve("launcher.jar") + ":" + DIST.resolve("lib") + "/*", "io.millrace.launcher.Cli"));
        command.addAll(List.of(arguments));
        try {
            Path output = Files.createTempFile("millrace-launcher", ".txt");
            ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
            builder.environment().putAll(environment);
            Process process = builder.start();
            if (!process.waitFor(START_SECONDS, TimeUnit.SECONDS)) {
                process.destroyForcibly();
            }
            String said = Files.readString(output);
            Files.delete(output);
            return new Result(process.waitFor(), said);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while the launcher ran", e);
        }
    }

    /** {@code http://127.0.0.1:PORT}. */
    public String address() {
        return "http://127.0.0.1:" + port;
    }

    /** What a client calls its base URL. */
    public String baseUrl() {
        return address() + "/v1";
    }

    public int port() {
        return port;
    }

    public Path data() {
        return data;
    }

    /** The first API key, made at the first start. */
    public String key() {
        return read("first-key");
    }

    /** What the launcher proves itself to the server with. */
    public String operatorToken() {
        return read("operator-token");
    }

    /** The server's process id. */
    public long pid() {
        return Long.parseLong(read("millrace.pid"));
    }

    /** Resident memory of the server's process, bytes (Linux). */
    public long residentBytes() throws IOException {
        try (Stream<String> lines = Files.lines(Path.of("/proc/" + pid() + "/status"))) {
            return lines.filter(line -> line.startsWith("VmRSS:"))
                    .mapToLong(line -> Long.parseLong(line.replaceAll("\\D", "")) * 1024).findFirst().orElseThrow();
        }
    }

    /** kill -9, to this server's own process. */
    public void kill() throws InterruptedException {
        ProcessHandle process = ProcessHandle.of(pid()).orElseThrow();
        process.destroyForcibly();
        while (process.isAlive()) {
            TimeUnit.MILLISECONDS.sleep(10);
        }
    }

    /** Stops the server as a user does. */
    @Override
    public void close() {
        launch("stop");
    }

    /** A tiny model with random weights, made once; the same on every machine. */
    public static Path smallModel() {
        return seeded("llama-tiny.gguf", "q8_0");
    }

    /**
     * The same in 32 bits, for tests that compare a long answer with another engine's or with one that was taken up again: 8-bit
     * weights have their inputs rounded to 8 bits too, and what a kernel adds in another order falls to another step.
     */
    public static Path exactModel() {
        return seeded("llama-tiny-f32.gguf", "f32");
    }

    private static synchronized Path seeded(String name, String quant) {
        Path model = ROOT.resolve("build/models").resolve(name);
        try {
            if (!Files.exists(model)) {
                Files.createDirectories(model.getParent());
                SeedModel.write(model, "llama-tiny", quant, 1);
            }
            return model;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static Path temporaryFolder() {
        try {
            return Files.createTempDirectory("millrace-test");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    public static int freePort() {
        try (ServerSocket socket = new ServerSocket(0)) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private String read(String file) {
        try {
            return Files.readString(data.resolve(file)).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
