package io.millrace.tests.bench.gateway;

import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;

/**
 * Portkey's gateway in a process of its own, installed by npm. With the newest Hono its streams break off, which the
 * overrides prevent.
 */
final class Portkey implements AutoCloseable {

    static final String VERSION = "1.15.2";
    private static final String PACKAGE = "{\"private\":true,\"dependencies\":{\"@portkey-ai/gateway\":\"" + VERSION
            + "\"},\"overrides\":{\"@hono/node-server\":\"1.14.1\",\"hono\":\"4.9.7\"}}\n";
    private static final long PATIENCE_SECONDS = 180;

    private final Process process;
    private final int port;

    private Portkey(Process process, int port) {
        this.process = process;
        this.port = port;
    }

    static Portkey start(Path folder) throws IOException, InterruptedException {
        install(folder);
        int port = MillraceServer.freePort();
        ProcessBuilder node = new ProcessBuilder("node", "node_modules/@portkey-ai/gateway/build/start-server.js", "--headless", "--port=" + port)
                .directory(folder.toFile()).redirectErrorStream(true).redirectOutput(folder.resolve("gateway.log").toFile());
        node.environment().put("NODE_ENV", "production");
        Portkey portkey = new Portkey(node.start(), port);
        portkey.awaitOpen();
        return portkey;
    }

    private static void install(Path folder) throws IOException, InterruptedException {
        Path file = folder.resolve("package.json");
        if (Files.exists(folder.resolve("node_modules")) && Files.exists(file) && Files.readString(file).equals(PACKAGE)) {
            return;
        }
        Files.createDirectories(folder);
        Files.writeString(file, PACKAGE);
        Process npm = new ProcessBuilder("npm", "install", "--no-audit", "--no-fund", "--ignore-scripts").directory(folder.toFile())
                .redirectErrorStream(true).redirectOutput(Redirect.INHERIT).start();
        if (!npm.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || npm.exitValue() != 0) {
            npm.destroyForcibly();
            Files.delete(file);
            throw new IOException("npm can't install @portkey-ai/gateway " + VERSION);
        }
    }

    private void awaitOpen() throws IOException, InterruptedException {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (process.isAlive() && System.nanoTime() < deadline) {
            try (Socket open = new Socket("127.0.0.1", port)) {
                return;
            } catch (IOException e) {
                TimeUnit.MILLISECONDS.sleep(50);
            }
        }
        close();
        throw new IOException("Portkey's gateway does not start: see gateway.log in build/bench/portkey");
    }

    Way to(String upstream) {
        return new Way("Portkey " + VERSION, port, "Authorization: Bearer none\r\nx-portkey-provider: openai\r\nx-portkey-custom-host: " + upstream + "\r\n");
    }

    @Override
    public void close() {
        process.destroyForcibly();
    }
}
