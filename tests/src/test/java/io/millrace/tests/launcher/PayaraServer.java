package io.millrace.tests.launcher;

import java.io.IOException;
import java.io.InputStream;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;
import java.util.zip.ZipEntry;
import java.util.zip.ZipInputStream;

/** A full Payara Server from its distribution, with a domain of its own on ports of its own. */
final class PayaraServer implements AutoCloseable {

    private static final String DOMAIN = "millrace";
    private static final int ADMIN = 48;
    private static final int HTTP = 80;
    private static final int PORTS = 100;
    private static final long PATIENCE_SECONDS = 180;

    private final Path home;
    private final int portBase;
    private final Map<String, String> environment;

    /**
     * Unpacks, makes a domain and starts it.
     *
     * @param environment of the server's process
     */
    PayaraServer(Path distribution, Path folder, Map<String, String> environment) throws IOException, InterruptedException {
        this.home = folder.resolve("payara6");
        this.portBase = freePorts();
        this.environment = environment;
        unpack(distribution, folder);
        asadmin("create-domain", "--nopassword", "--portbase", Integer.toString(portBase), DOMAIN);
        asadmin("start-domain", DOMAIN);
    }

    void deploy(String name, Path archive) throws IOException, InterruptedException {
        asadmin("--port", Integer.toString(portBase + ADMIN), "deploy", "--name", name, archive.toString());
    }

    String address() {
        return "http://127.0.0.1:" + (portBase + HTTP);
    }

    String log() throws IOException {
        return Files.readString(home.resolve("glassfish/domains/" + DOMAIN + "/logs/server.log"));
    }

    @Override
    public void close() throws IOException, InterruptedException {
        asadmin("stop-domain", "--kill", DOMAIN);
    }

    private void asadmin(String... arguments) throws IOException, InterruptedException {
        Path java = Path.of(System.getProperty("java.home"));
        List<String> command = new ArrayList<>(List.of(java.resolve("bin/java").toString(), "-jar",
                home.resolve("glassfish/lib/client/appserver-cli.jar").toString()));
        command.addAll(List.of(arguments));
        Path output = Files.createTempFile(home.getParent(), "asadmin", ".txt");
        ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(output.toFile());
        builder.environment().putAll(environment);
        builder.environment().put("AS_JAVA", java.toString());
        builder.environment().put("JAVA_HOME", java.toString());
        Process process = builder.start();
        if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS) || process.exitValue() != 0) {
            process.destroyForcibly();
            throw new IllegalStateException("asadmin " + String.join(" ", arguments) + " failed: " + Files.readString(output));
        }
    }

    private static void unpack(Path zip, Path folder) throws IOException {
        try (InputStream in = Files.newInputStream(zip); ZipInputStream entries = new ZipInputStream(in)) {
            for (ZipEntry entry = entries.getNextEntry(); entry != null; entry = entries.getNextEntry()) {
                Path file = folder.resolve(entry.getName());
                if (entry.isDirectory()) {
                    Files.createDirectories(file);
                } else {
                    Files.createDirectories(file.getParent());
                    Files.copy(entries, file);
                }
            }
        }
    }

    /** A base whose admin and HTTP ports are free; a domain puts its ports at fixed distances above it. */
    private static int freePorts() {
        while (true) {
            int base = ThreadLocalRandom.current().nextInt(200, 300) * PORTS;
            if (isFree(base + ADMIN) && isFree(base + HTTP)) {
                return base;
            }
        }
    }

    private static boolean isFree(int port) {
        try (ServerSocket _ = new ServerSocket(port)) {
            return true;
        } catch (IOException e) {
            return false;
        }
    }
}
