package io.millrace.launcher;

import io.millrace.config.Configuration;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a server and waits until it is ready. */
@Command(name = "run", description = "Starts the server and waits until it is ready.",
        footer = {"", "Exit status: 0 ready, 1 not started, 4 started but not able to serve (the reason is printed).",
                "MILLRACE_JAVA_OPTS adds options for the server's JVM."})
final class RunCommand implements Callable<Integer> {

    /** Set by the launch script: the file that names the arguments of the JVM that it shall become. */
    private static final String BECOME = "LAUNCHER_BECOME";

    @Mixin
    private DataOption data;

    @Option(names = "--port", paramLabel = "PORT", description = "HTTP port (MILLRACE_PORT; otherwise 8080; 0: any that is free).")
    private Integer port;

    @Option(names = "--model", paramLabel = "FILE", description = "GGUF file to serve (MILLRACE_MODEL; otherwise what 'model use' chose).")
    private Path model;

    @Option(names = "--foreground", description = "Stays in the foreground and logs to the terminal; Ctrl-C drains and stops.")
    private boolean foreground;

    @Option(names = "--json", description = "Prints the result as JSON.")
    private boolean json;

    @Override
    public Integer call() throws IOException, InterruptedException {
        if (port != null) {
            System.setProperty("millrace.http.port", port.toString());
        }
        if (model != null) {
            System.setProperty("millrace.engine.model", model.toAbsolutePath().toString());
        }
        Configuration settings = data.settings();
        Home home = Home.here();
        DataFolder folder = new DataFolder(settings.data().dir());
        Address address = new Address(settings.http().host(), settings.http().port() == 0 ? Preflight.freePort() : settings.http().port());
        Preflight.check(folder, address);
        Unpacking.run(home, this::tell);
        Path served = new Models(folder, home).toServe(settings.engine().model(), this::tell);
        Map<String, String> properties = properties(settings, home, folder, address, served);
        boolean become = foreground && System.getenv(BECOME) != null;
        return become ? become(home, folder, properties) : start(home, folder, properties);
    }

    private static Map<String, String> properties(Configuration settings, Home home, DataFolder folder, Address address, Path served) {
        Path natives = settings.engine().natives();
        boolean ownNatives = Files.exists(natives);
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("millrace.data.dir", folder.root().toString());
        properties.put("millrace.http.host", address.host());
        properties.put("millrace.http.port", String.valueOf(address.port()));
        properties.put("millrace.engine.natives", (ownNatives ? natives : new Natives(home.root()).folder(Natives.Flavour.CPU)).toAbsolutePath().toString());
        properties.put("millrace.engine.model", served.toString());
        properties.put("millrace.engine.connections", String.valueOf(settings.engine().connections()));
        properties.put(Server.EMBEDDED_DATABASE, String.valueOf(settings.db().url().isEmpty()));
        properties.put(Server.DRAIN_MILLIS, String.valueOf(settings.http().drain().toMillis()));
        properties.put(Home.ROOT_PROPERTY, home.root().toString());
        properties.put(Home.DIST_PROPERTY, home.dist().toString());
        return properties;
    }

    private Integer become(Home home, DataFolder folder, Map<String, String> properties) throws IOException {
        Path arguments = folder.root().resolve("java.args");
        Files.writeString(arguments, JavaCommand.argumentFile(JavaCommand.arguments(home, folder, properties)));
        Files.writeString(Path.of(System.getenv(BECOME)), arguments.toString());
        return 0;
    }

    private Integer start(Home home, DataFolder folder, Map<String, String> properties) throws IOException, InterruptedException {
        boolean firstStart = !Files.exists(folder.firstKey());
        Path report = Files.createTempFile("millrace", ".report");
        properties.put(Report.FILE_PROPERTY, report.toString());
        Path arguments = folder.root().resolve("java.args");
        Files.writeString(arguments, JavaCommand.argumentFile(JavaCommand.arguments(home, folder, properties)));
        if (Files.exists(folder.console())) {
            Files.move(folder.console(), folder.console().resolveSibling("console.log.1"), StandardCopyOption.REPLACE_EXISTING);
        }
        Process server = new ProcessBuilder(detached(List.of(JavaCommand.java(), "@" + arguments)))
                .redirectErrorStream(true).redirectOutput(folder.console().toFile())
                .redirectInput(Path.of("/dev/null").toFile()).start();
        Thread abandon = new Thread(server::destroy);
        Runtime.getRuntime().addShutdownHook(abandon);
        try {
            return follow(server, report, folder, firstStart);
        } finally {
            Runtime.getRuntime().removeShutdownHook(abandon);
            Files.delete(report);
        }
    }

    /** A session of its own, so that Ctrl-C or the terminal's end in this one does not reach it. */
    private static List<String> detached(List<String> command) {
        List<String> detached = new ArrayList<>();
        if (Files.isExecutable(Path.of("/usr/bin/setsid"))) {
            detached.add("/usr/bin/setsid");
        }
        detached.addAll(command);
        return detached;
    }

    private Integer follow(Process server, Path report, DataFolder folder, boolean firstStart) throws IOException, InterruptedException {
        int read = 0;
        while (true) {
            boolean ended = server.waitFor(50, TimeUnit.MILLISECONDS);
            List<String> lines = Files.readAllLines(report);
            for (; read < lines.size(); read++) {
                String[] line = lines.get(read).split(" ", 2);
                switch (Report.Kind.valueOf(line[0])) {
                    case PROGRESS -> tell(line[1]);
                    case FAILED -> throw new Failure(line[1]);
                    case NOT_READY -> throw new Failure(Failure.NOT_READY, "The server runs but can't serve yet: " + line[1]);
                    case READY -> {
                        ready(folder, firstStart);
                        return 0;
                    }
                }
            }
            if (ended) {
                throw new Failure("The server's process ended with status " + server.exitValue() + " before it was ready: "
                        + folder.console() + " and ./millrace logs may show why.");
            }
        }
    }

    private void ready(DataFolder folder, boolean firstStart) {
        Instance instance = Instance.read(folder).orElseThrow();
        if (!json) {
            System.out.println();
            System.out.print(Banner.text(instance.address(), folder, firstStart, instance.startMs()));
            return;
        }
        JsonObjectBuilder result = Json.createObjectBuilder().add("baseUrl", instance.address().url() + "/v1")
                .add("pid", instance.pid()).add("data", folder.root().toString()).add("startMs", instance.startMs());
        if (firstStart) {
            DataFolder.read(folder.firstKey()).ifPresent(key -> result.add("key", key));
        }
        System.out.println(result.build());
    }

    private void tell(String progress) {
        (json ? System.err : System.out).println(progress + " …");
    }
}
