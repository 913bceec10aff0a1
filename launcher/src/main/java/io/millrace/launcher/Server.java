package io.millrace.launcher;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.Duration;
import java.util.Base64;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import sun.misc.Signal;

/**
 * The server's process: takes the data folder, starts database and Payara Micro at the same time, deploys, waits until
 * the application is ready, and takes everything down again in the opposite order when it is told to stop.
 *
 * <p>Its class path holds this jar and Payara Micro, nothing else, since the application sees it too. What it needs to
 * know stands in system properties, which {@link RunCommand} sets.
 */
public final class Server {

    /** Settings that the application has no use for. */
    static final String EMBEDDED_DATABASE = "launcher.embedded-database";
    static final String DRAIN_MILLIS = "launcher.drain-ms";
    static final String AUDIT_DRAIN_MILLIS = "launcher.audit-drain-ms";

    /** For clients to be told and engines to close, beside what the audit has. */
    private static final Duration END_PATIENCE = Duration.ofSeconds(5);
    private static final Duration STOP_PATIENCE = Duration.ofSeconds(30);

    /** Held as long as the process lives, so that nobody takes it for gone before it is. */
    private static FileLock lock;

    private final Home home = Home.here();
    private final DataFolder folder = new DataFolder(Path.of(System.getProperty("millrace.data.dir")));
    private final Report report = Report.fromProperty();
    private final Address address = new Address(System.getProperty("millrace.http.host"), Integer.getInteger("millrace.http.port"));
    private final long startedNanos = System.nanoTime();
    private final CountDownLatch stopped = new CountDownLatch(1);
    private final AtomicBoolean stopping = new AtomicBoolean();
    private final CountDownLatch hurry = new CountDownLatch(1);
    private volatile CompletableFuture<Postgres> database = CompletableFuture.completedFuture(null);
    private volatile Micro micro;
    private volatile Operator operator;

    private Server() {}

    public static void main(String[] args) throws InterruptedException {
        Server server = new Server();
        lock = server.folder.tryLock().orElse(null);
        if (lock == null) {
            server.report.say(Report.Kind.FAILED, Preflight.inUse(server.folder));
            System.exit(Failure.STATUS);
        }
        DataFolder.sign(lock);
        server.run();
        System.exit(0);
    }

    private void run() throws InterruptedException {
        Micro.prepare(home, folder);
        Logs.configure(folder, report.isForeground());
        for (String signal : new String[] {"TERM", "INT"}) {
            Signal.handle(new Signal(signal), _ -> stop());
        }
        try {
            start();
        } catch (RuntimeException e) {
            // a stop that comes while the server starts makes the start fail, which is then no news
            if (stopping.compareAndSet(false, true)) {
                fail(e instanceof CompletionException && e.getCause() instanceof Failure cause ? cause : e);
            }
        }
        stopped.await();
    }

    private void start() throws InterruptedException {
        DataFolder.write(folder.pid(), String.valueOf(ProcessHandle.current().pid()));
        // the last thing that this process does: a stop that comes meanwhile has to find it
        folder.pid().toFile().deleteOnExit();
        boolean embedded = Boolean.getBoolean(EMBEDDED_DATABASE);
        report.progress(embedded ? "Starting the database and Payara Micro" : "Starting Payara Micro");
        if (embedded) {
            database = CompletableFuture.supplyAsync(() -> Postgres.start(home, folder));
        }
        String token = newOperatorToken();
        micro = Micro.boot(home, folder, address.host(), address.port());
        if (embedded) {
            tellTheApplication(database.join());
        }
        report.progress("Starting the application");
        micro.deploy("gpu-connector", null, home.rar());
        micro.deploy("millrace", "/", home.war());
        // another process may have taken it meanwhile, of which Payara would say nothing
        Preflight.requireFree(address);
        micro.listen();
        operator = new Operator(address, token);
        report.progress("Loading the model");
        String notReady = operator.awaitReady();
        boolean firstStart = !Files.exists(folder.firstKey());
        if (firstStart) {
            makeFirstKey(notReady);
        }
        Instance instance = Instance.of(address, Duration.ofNanos(System.nanoTime() - startedNanos));
        DataFolder.write(folder.instance(), instance.toJson());
        if (notReady == null) {
            report.say(Report.Kind.READY, report.isForeground() ? Banner.text(address, folder, firstStart, instance.startMs()) : "");
        } else {
            report.say(Report.Kind.NOT_READY, notReady);
        }
    }

    private static void tellTheApplication(Postgres postgres) {
        System.setProperty("millrace.db.url", postgres.url());
        System.setProperty("millrace.db.user", postgres.user());
        System.setProperty("millrace.db.password", postgres.password());
    }

    /** A server whose model can't be served gets its key too, where it can: another model may come later. */
    private void makeFirstKey(String notReady) {
        try {
            operator.firstKey().ifPresent(key -> DataFolder.writeSecret(folder.firstKey(), key));
        } catch (Failure e) {
            if (notReady == null) {
                throw e;
            }
            Logger.getLogger("millrace").log(Level.WARNING, "No first API key yet: {0}", e.getMessage());
        }
    }

    /** The command line's right to the operator's interface: whoever may read the data folder has it. */
    private String newOperatorToken() {
        byte[] random = new byte[32];
        new SecureRandom().nextBytes(random);
        String token = Base64.getUrlEncoder().withoutPadding().encodeToString(random);
        DataFolder.writeSecret(folder.operatorToken(), token);
        System.setProperty("millrace.operator.token", token);
        return token;
    }

    private void fail(Throwable why) {
        Logger.getLogger("millrace").log(Level.SEVERE, "The server does not start", why);
        report.say(Report.Kind.FAILED, why.getMessage());
        takeDown();
        Runtime.getRuntime().halt(Failure.STATUS);
    }

    /**
     * Called by a signal's thread. A second signal ends the drain time, a third does not wait for anything.
     *
     * <p>The calls that are left are ended before Payara is told, since the container closes data source and engine in
     * an order of its own.
     */
    private void stop() {
        if (!stopping.compareAndSet(false, true)) {
            if (operator == null || hurry.getCount() == 0) {
                Runtime.getRuntime().halt(Failure.STATUS);
            }
            hurry.countDown();
            return;
        }
        Thread.ofPlatform().daemon().start(Server::haltWhenStuck);
        boolean started = operator != null;
        if (started) {
            operator.drain(Duration.ofMillis(Long.getLong(DRAIN_MILLIS)), hurry);
            operator.end(END_PATIENCE.plusMillis(Long.getLong(AUDIT_DRAIN_MILLIS)));
        }
        takeDown();
        if (!started) {
            report.say(Report.Kind.FAILED, "The server was stopped while it started.");
            Runtime.getRuntime().halt(Failure.STATUS);
        }
        stopped.countDown();
    }

    private void takeDown() {
        try {
            if (micro != null) {
                micro.stop();
            }
        } catch (Exception e) {
            Logger.getLogger("millrace").log(Level.WARNING, "Payara Micro did not stop in order", e);
        }
        Postgres postgres = database.exceptionally(_ -> null).join();
        if (postgres != null) {
            postgres.stop();
        }
        try {
            Files.deleteIfExists(folder.instance());
            Files.deleteIfExists(folder.operatorToken());
        } catch (IOException e) {
            Logger.getLogger("millrace").log(Level.WARNING, "Files of this run stay behind", e);
        }
    }

    private static void haltWhenStuck() {
        try {
            Thread.sleep(STOP_PATIENCE.plusMillis(Long.getLong(DRAIN_MILLIS) + Long.getLong(AUDIT_DRAIN_MILLIS)));
            System.err.println("millrace: the server did not stop in order within its time, so it ends without.");
            Runtime.getRuntime().halt(Failure.STATUS);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
