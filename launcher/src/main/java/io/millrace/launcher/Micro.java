package io.millrace.launcher;

import fish.payara.micro.BootstrapException;
import fish.payara.micro.ClusterCommandResult;
import fish.payara.micro.PayaraMicro;
import fish.payara.micro.PayaraMicroRuntime;
import fish.payara.micro.boot.AdminCommandRunner;
import fish.payara.micro.boot.PayaraMicroBoot;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Stream;

/** Payara Micro in this JVM. Owned by the thread that starts the server; {@link #stop} may be called from another. */
final class Micro {

    private static final String CONFIG = "configs.config.server-config.";
    private static final String LISTENER = CONFIG + "network-config.network-listeners.network-listener.http-listener.";
    private static final String HTTP = CONFIG + "network-config.protocols.protocol.http-listener.http.";
    private static final String POOL = CONFIG + "thread-pools.thread-pool.http-thread-pool.";

    private final PayaraMicroRuntime runtime;
    private final AdminCommandRunner commands;

    private Micro(PayaraMicroRuntime runtime, AdminCommandRunner commands) {
        this.runtime = runtime;
        this.commands = commands;
    }

    /** Copies what Payara reads and writes of its own into the data folder, anew at each start. */
    static void prepare(Home home, DataFolder folder) {
        copy(home.payara().resolve("config"), folder.payara().resolve("config"));
        // Payara's own resource adapters; without them no data source can be made
        copy(home.payara().resolve("lib"), folder.payara().resolve("lib"));
    }

    private static void copy(Path from, Path to) {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path target = to.resolve(from.relativize(file));
                if (Files.isDirectory(file)) {
                    Files.createDirectories(target);
                } else {
                    Files.copy(file, target, StandardCopyOption.REPLACE_EXISTING);
                }
            }
        } catch (IOException e) {
            throw new Failure("Payara Micro's files can't be put into " + to + " (" + e.getMessage() + ").", e);
        }
    }

    static Micro boot(Home home, DataFolder folder, String host, int port) {
        System.setProperty("fish.payara.micro.UnpackDir", home.payara().toString());
        AtomicReference<AdminCommandRunner> runner = new AtomicReference<>();
        PayaraMicroBoot boot = PayaraMicro.getInstance()
                .setRootDir(folder.payara().toFile())
                .setLogPropertiesFile(folder.payara().resolve("config/logging.properties").toFile())
                .setHttpPort(port)
                .setNoCluster(true)
                .setNoHazelcast(true)
                .setPrintLogo(false)
                .setPreBootHandler(commands -> {
                    runner.set(commands);
                    configure(commands, host);
                });
        try {
            return new Micro(boot.bootStrap(), runner.get());
        } catch (BootstrapException e) {
            throw new Failure("Payara Micro does not start (" + e.getMessage() + "): ./millrace logs shows why.", e);
        }
    }

    private static void configure(AdminCommandRunner commands, String host) {
        for (String setting : List.of(
                LISTENER + "address=" + host,
                LISTENER + "enabled=false",
                // a stream may last as long as it likes, and so may the wait for its first token
                HTTP + "request-timeout-seconds=-1",
                HTTP + "timeout-seconds=75",
                HTTP + "max-connections=-1",
                // clients that try to upgrade a plain connection would lose what stands in its send queue when the server stops
                HTTP + "http2-enabled=false",
                HTTP + "comet-support-enabled=false",
                HTTP + "server-header=false",
                POOL + "min-thread-pool-size=4",
                POOL + "max-thread-pool-size=128",
                CONFIG + "hazelcast-config-specific-configuration.enabled=false",
                CONFIG + "phone-home-runtime-configuration.enabled=false")) {
            set(commands, setting);
        }
    }

    private static void set(AdminCommandRunner commands, String setting) {
        ClusterCommandResult result = commands.run("set", setting);
        if (result.getExitStatus() != ClusterCommandResult.ExitStatus.SUCCESS) {
            throw new Failure("Payara Micro does not take the setting " + setting + ": " + result.getOutput());
        }
    }

    /** From now on clients can connect. Not before the application is there: until then Payara calls itself ready, and knows no path. */
    void listen() {
        set(commands, LISTENER + "enabled=true");
    }

    void deploy(String name, String contextRoot, Path archive) {
        boolean taken = contextRoot == null ? runtime.deploy(archive.toFile()) : runtime.deploy(name, contextRoot, archive.toFile());
        // an archive whose code fails to start is taken all the same, but is not among the applications
        if (!taken || !runtime.getDeployedApplicationNames().contains(name)) {
            throw new Failure("The application's part " + archive.getFileName() + " does not start: ./millrace logs shows why.");
        }
    }

    void stop() throws BootstrapException {
        runtime.shutdown();
    }
}
