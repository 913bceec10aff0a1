package io.millrace.launcher;

import io.millrace.config.Configuration;
import jakarta.json.Json;
import jakarta.json.JsonObjectBuilder;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Starts a server and waits until it is ready. */
@Command(name = "run", description = "Starts the server and waits until it is ready.",
        footer = {"", "Exit status: 0 ready, 1 not started, 4 started but not able to serve (the reason is printed).",
                JavaCommand.OPTIONS_VARIABLE + " adds options for the server's JVM."})
final class RunCommand implements Callable<Integer> {

    /** Set by the launch script: the file that shall name the arguments of the JVM that the script becomes. */
    private static final String BECOME = "LAUNCHER_BECOME";

    @Mixin
    private DataOption data;

    @Option(names = "--port", paramLabel = "PORT", description = "HTTP port (MILLRACE_PORT; otherwise 8080; 0: any that is free).")
    private Integer port;

    @Option(names = "--model", paramLabel = "FILE", description = "GGUF file to serve (MILLRACE_MODEL; otherwise what 'model use' chose).")
    private Path model;

    @Mixin
    private RegionOptions regions;

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
        regions.apply();
        Configuration settings = data.settings();
        Home home = Home.here();
        DataFolder folder = new DataFolder(settings.data().dir());
        Address address = new Address(settings.http().host(), settings.http().port() == 0 ? Preflight.freePort() : settings.http().port());
        Preflight.check(folder, address);
        Unpacking.run(home, this::tell);
        Path served = settings.regions().embedded() ? new Models(folder, home).toServe(settings.engine().model(), this::tell) : Path.of("");
        Map<String, String> properties = properties(settings, home, folder, address, served);
        properties.putAll(RegionOptions.properties());
        String become = System.getenv(BECOME);
        if (foreground && become != null) {
            Files.writeString(Path.of(become), ServerProcess.arguments(home, folder, properties, List.of()).toString());
            return 0;
        }
        boolean firstStart = !Files.exists(folder.firstKey());
        ServerProcess.start(home, folder, properties, List.of()).awaitReady(this::tell);
        ready(folder, firstStart);
        return 0;
    }

    /** What the server's JVM needs to know; the application reads all other settings from where they were set. */
    static Map<String, String> properties(Configuration settings, Home home, DataFolder folder, Address address, Path served) {
        Map<String, String> properties = new LinkedHashMap<>();
        properties.put("millrace.data.dir", folder.root().toString());
        properties.put("millrace.http.host", address.host());
        properties.put("millrace.http.port", String.valueOf(address.port()));
        properties.put("millrace.engine.natives", LocalEngine.of(settings, home).natives().toString());
        properties.put("millrace.engine.model", served.toString());
        properties.put("millrace.engine.connections", String.valueOf(settings.engine().connections()));
        properties.put(Server.EMBEDDED_DATABASE, String.valueOf(settings.db().url().isEmpty()));
        properties.put(Server.DRAIN_MILLIS, String.valueOf(settings.http().drain().toMillis()));
        properties.put(Server.AUDIT_DRAIN_MILLIS, String.valueOf(settings.audit().drain().toMillis()));
        properties.put(Home.ROOT_PROPERTY, home.root().toString());
        properties.put(Home.DIST_PROPERTY, home.dist().toString());
        return properties;
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
