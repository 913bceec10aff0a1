package io.millrace.launcher;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The embedded PostgreSQL: one process of its own, reachable from this machine alone and only with a password.
 * Owned by the thread that starts the server; {@link #stop} may be called from another.
 */
final class Postgres {

    private static final Logger LOG = Logger.getLogger(Postgres.class.getName());
    private static final String USER = "millrace";
    private static final String DATABASE = "millrace";
    private static final Duration START_PATIENCE = Duration.ofSeconds(60);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(20);
    private static final long FIRST_WAIT_MS = 500;
    private static final long LONGEST_WAIT_MS = 30_000;

    private final Path programs;
    private final Path data;
    private final String password;
    private final int port;
    private final List<String> asOrdinaryUser;
    private volatile Process process;
    private volatile boolean stopping;
    private volatile long nextWaitMs = FIRST_WAIT_MS;
    private volatile String lastLine = "nothing";

    private Postgres(Path programs, DataFolder folder) {
        this.programs = programs;
        this.data = folder.postgres();
        this.password = password(folder.postgresPassword());
        this.port = freePort();
        this.asOrdinaryUser = dropRoot();
    }

    /** Starts it, making its data folder first where there is none. Returns when it takes connections. */
    static Postgres start(Home home, DataFolder folder) {
        Postgres postgres = new Postgres(home.postgres(), folder);
        try {
            if (Files.exists(postgres.data.resolve("PG_VERSION"))) {
                postgres.requireSameMajorVersion();
                postgres.stopLeftOver();
            } else {
                postgres.create(folder.postgresPassword());
            }
            postgres.launch();
            postgres.awaitReady();
            postgres.keep();
            return postgres;
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new Failure("Interrupted while the database started.");
        }
    }

    String url() {
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + DATABASE;
    }

    String user() {
        return USER;
    }

    String password() {
        return password;
    }

    /** Ends it in order; returns when it is down. */
    void stop() {
        Process running = last();
        if (running == null || !running.isAlive()) {
            return;
        }
        interrupt(running.toHandle());
        try {
            if (!running.waitFor(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS)) {
                running.destroyForcibly().waitFor();
            }
        } catch (InterruptedException e) {
            running.destroyForcibly();
            Thread.currentThread().interrupt();
        }
    }

    private synchronized Process last() {
        stopping = true;
        return process;
    }

    private void create(Path passwordFile) throws IOException, InterruptedException {
        // made beside its place, since a first start that is cut short leaves half a database
        Path fresh = data.resolveSibling("postgres.new");
        run("rm", "-rf", fresh.toString());
        run(command("initdb", "-D", fresh.toString(), "-U", USER, "--auth=scram-sha-256", "--pwfile=" + passwordFile,
                "--encoding=UTF8", "--locale=C", "--no-instructions"));
        Path sql = Files.createTempFile("millrace", ".sql");
        try {
            Files.writeString(sql, "CREATE DATABASE " + DATABASE + "\n");
            Process single = new ProcessBuilder(command("postgres", "--single", "-D", fresh.toString(), "postgres"))
                    .redirectInput(sql.toFile()).redirectErrorStream(true).start();
            String said = new String(single.getInputStream().readAllBytes());
            if (single.waitFor() != 0) {
                throw new Failure("The database can't be made in " + data + ": PostgreSQL said " + said.strip());
            }
        } finally {
            Files.delete(sql);
        }
        Files.move(fresh, data, StandardCopyOption.ATOMIC_MOVE);
    }

    private void run(List<String> command) throws IOException, InterruptedException {
        Process step = new ProcessBuilder(command).redirectErrorStream(true).start();
        step.getOutputStream().close();
        String said = new String(step.getInputStream().readAllBytes());
        if (step.waitFor() != 0) {
            throw new Failure("The database can't be made in " + data + ": " + said.strip().replace('\n', ' '));
        }
    }

    private void run(String... command) throws IOException, InterruptedException {
        run(List.of(command));
    }

    private void launch() throws IOException {
        process = new ProcessBuilder(command("postgres", "-D", data.toString(),
                "-c", "listen_addresses=127.0.0.1", "-c", "port=" + port, "-c", "unix_socket_directories=",
                "-c", "shared_buffers=32MB", "-c", "max_connections=120", "-c", "log_line_prefix="))
                .redirectErrorStream(true).start();
        process.getOutputStream().close();
        Thread.ofVirtual().name("postgres-log").start(this::passOnLog);
    }

    /** Starts it again whenever it ends without being told to, on the same port, where the application goes on looking for it. */
    private void keep() {
        long started = System.nanoTime();
        process.onExit().thenAcceptAsync(ended -> {
            if (stopping) {
                return;
            }
            boolean stood = System.nanoTime() - started > TimeUnit.MILLISECONDS.toNanos(LONGEST_WAIT_MS);
            long waitMs = stood ? FIRST_WAIT_MS : nextWaitMs;
            nextWaitMs = Math.min(2 * waitMs, LONGEST_WAIT_MS);
            LOG.log(Level.WARNING, "The database ended (status {0}) and last said: {1}; it is started again", new Object[] {ended.exitValue(), lastLine});
            CompletableFuture.delayedExecutor(waitMs, TimeUnit.MILLISECONDS).execute(this::launchAgain);
        });
    }

    private synchronized void launchAgain() {
        if (stopping) {
            return;
        }
        try {
            launch();
            keep();
        } catch (IOException e) {
            LOG.log(Level.SEVERE, "The database can''t be started again", e);
        }
    }

    private void passOnLog() {
        try (BufferedReader lines = process.inputReader()) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (!line.isBlank()) {
                    lastLine = line.strip();
                    boolean grave = line.startsWith("ERROR") || line.startsWith("FATAL") || line.startsWith("PANIC") || line.startsWith("WARNING");
                    LOG.log(grave ? Level.WARNING : Level.FINE, line.strip());
                }
            }
        } catch (IOException e) {
            LOG.fine("The database's log ended: " + e.getMessage());
        }
    }

    /** The eighth line of {@code postmaster.pid} is the server's state. */
    private void awaitReady() throws IOException, InterruptedException {
        Path pidFile = data.resolve("postmaster.pid");
        long deadline = System.nanoTime() + START_PATIENCE.toNanos();
        while (true) {
            List<String> lines = Files.exists(pidFile) ? Files.readAllLines(pidFile) : List.of();
            if (lines.size() >= 8 && lines.get(7).startsWith("ready") && lines.get(3).strip().equals(String.valueOf(port))) {
                return;
            }
            if (process.waitFor(20, TimeUnit.MILLISECONDS)) {
                throw new Failure("The database in " + data + " does not start: PostgreSQL said " + lastLine);
            }
            if (System.nanoTime() > deadline) {
                stop();
                throw new Failure("The database in " + data + " did not start within " + START_PATIENCE.toSeconds()
                        + " s: PostgreSQL last said " + lastLine);
            }
        }
    }

    private void requireSameMajorVersion() throws IOException, InterruptedException {
        Process asking = new ProcessBuilder(programs.resolve("bin/postgres").toString(), "--version").redirectErrorStream(true).start();
        String said = new String(asking.getInputStream().readAllBytes()).strip();
        asking.waitFor();
        String data = Files.readString(this.data.resolve("PG_VERSION")).strip();
        if (!said.matches(".* " + data + "(\\D.*)?")) {
            throw new Failure("The database in " + this.data + " was made by PostgreSQL " + data + " and this is " + said
                    + ": use the Millrace that made it, or dump and load it.");
        }
    }

    /** A server that was killed leaves its database running; nobody else can own it, since we hold the folder's lock. */
    private void stopLeftOver() throws IOException, InterruptedException {
        Optional<ProcessHandle> leftOver = DataFolder.read(data.resolve("postmaster.pid"))
                .map(text -> Long.valueOf(text.lines().findFirst().orElseThrow().strip()))
                .flatMap(ProcessHandle::of).filter(this::isOurs);
        if (leftOver.isEmpty()) {
            return;
        }
        LOG.info("Stopping the database that a killed server left running");
        interrupt(leftOver.get());
        try {
            leftOver.get().onExit().get(STOP_PATIENCE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (java.util.concurrent.ExecutionException | java.util.concurrent.TimeoutException e) {
            leftOver.get().destroyForcibly();
        }
    }

    private boolean isOurs(ProcessHandle process) {
        try {
            String command = Files.readString(Path.of("/proc", String.valueOf(process.pid()), "cmdline"));
            return command.contains("postgres") && command.contains(data.toString());
        } catch (IOException e) {
            return false;
        }
    }

    /** SIGINT is PostgreSQL's "fast shutdown": sessions end, everything is written, the process goes. */
    private static void interrupt(ProcessHandle process) {
        try {
            new ProcessBuilder("kill", "-INT", String.valueOf(process.pid())).start().waitFor();
        } catch (IOException e) {
            process.destroy();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            process.destroy();
        }
    }

    private List<String> command(String program, String... arguments) {
        List<String> command = new ArrayList<>(asOrdinaryUser);
        command.add(programs.resolve("bin").resolve(program).toString());
        command.addAll(List.of(arguments));
        return command;
    }

    /** PostgreSQL refuses to run as root; in a user namespace without a mapping it is nobody and yet owns root's files. */
    private static List<String> dropRoot() {
        try {
            if (!"0".equals(said("id", "-u"))) {
                return List.of();
            }
            said("unshare", "--user", "true");
            return List.of("unshare", "--user");
        } catch (IOException e) {
            throw new Failure("PostgreSQL does not run as root and this machine gives no user namespace: run ./millrace as an "
                    + "ordinary user, or set millrace.db.url to a PostgreSQL of your own.", e);
        }
    }

    private static String said(String... command) throws IOException {
        try {
            Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
            String said = new String(process.getInputStream().readAllBytes()).strip();
            if (process.waitFor() != 0) {
                throw new IOException(said);
            }
            return said;
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IOException("interrupted", e);
        }
    }

    private static String password(Path file) {
        return DataFolder.read(file).orElseGet(() -> {
            byte[] random = new byte[24];
            new SecureRandom().nextBytes(random);
            DataFolder.writeSecret(file, HexFormat.of().formatHex(random));
            return HexFormat.of().formatHex(random);
        });
    }

    private static int freePort() {
        try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return socket.getLocalPort();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
