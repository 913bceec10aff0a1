package io.millrace.tests.clients;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/** The JavaScript clients, installed as the lock file says, and the scripts that use them. */
final class Npm {

    private static final Path SCRIPTS = Path.of("src/test/npm");
    private static final Path INSTALLED = Path.of("target/npm");
    private static final long PATIENCE_SECONDS = 180;
    private static boolean installed;

    private Npm() {}

    /** Whether this machine has npm and node. */
    static boolean isThere() {
        return isThere("npm") && isThere("node");
    }

    private static boolean isThere(String program) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    private static synchronized void install() throws IOException {
        if (installed) {
            return;
        }
        Files.createDirectories(INSTALLED);
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            for (Path file : files.toList()) {
                Files.copy(file, INSTALLED.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        try (Script npm = new Script("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts")) {
            npm.readAll();
        }
        installed = true;
    }

    /** Starts a script, which prints lines. */
    static Script start(String script, String... arguments) throws IOException {
        install();
        List<String> command = new ArrayList<>(List.of("node", script));
        command.addAll(List.of(arguments));
        return new Script(command.toArray(String[]::new));
    }

    /** Runs a script that prints one line of JSON. */
    static JsonNode run(String script, String... arguments) throws IOException {
        try (Script running = start(script, arguments)) {
            return new ObjectMapper().readTree(running.readAll());
        }
    }

    /** A process that is under way; ended when it takes too long, and when it is closed. Owned by one thread. */
    static final class Script implements AutoCloseable {

        private final String command;
        private final Process process;
        private final BufferedReader said;

        private Script(String... command) throws IOException {
            ProcessBuilder builder = new ProcessBuilder(command).directory(INSTALLED.toFile()).redirectError(Redirect.INHERIT);
            builder.environment().putAll(Map.of("ENDLESS_BIAS", new ObjectMapper().valueToTree(Endless.BIAS).toString(),
                    "ENDLESS_CHOICES", Integer.toString(Endless.CHOICES), "ENDLESS_TOKENS", Integer.toString(Endless.TOKENS),
                    "ENDLESS_TOP_LOGPROBS", Integer.toString(Endless.TOP_LOGPROBS)));
            this.command = String.join(" ", command[0], command[1]);
            this.process = builder.start();
            this.said = process.inputReader();
            process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).exceptionally(_ -> process.destroyForcibly());
        }

        /** The next line. */
        String line() throws IOException {
            String line = said.readLine();
            if (line == null) {
                throw new AssertionError(command + " ended without another line");
            }
            return line;
        }

        /** Everything that is printed until the process ends well. */
        String readAll() throws IOException {
            String all = said.readAllAsString();
            int status = process.onExit().join().exitValue();
            if (status != 0) {
                throw new AssertionError(command + " ended with " + status + ": " + all);
            }
            return all;
        }

        boolean isAlive() {
            return process.isAlive();
        }

        @Override
        public void close() {
            process.destroyForcibly();
        }
    }
}
