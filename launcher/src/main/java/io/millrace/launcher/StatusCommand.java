package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonObjectBuilder;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Says how a server is. */
@Command(name = "status", description = "Says whether the server runs and is ready.",
        footer = {"", "Exit status: 0 ready, 3 not running, 4 running but not able to serve."})
final class StatusCommand implements Callable<Integer> {

    private static final int NOT_RUNNING = 3;

    @Mixin
    private DataOption data;

    @Option(names = "--json", description = "Prints JSON.")
    private boolean json;

    @Override
    public Integer call() {
        DataFolder folder = data.folder();
        Optional<ProcessHandle> running = folder.running();
        Optional<io.millrace.launcher.Instance> instance = running.isEmpty() ? Optional.empty() : io.millrace.launcher.Instance.read(folder);
        String because = running.isEmpty() ? "it does not run"
                : instance.isEmpty() ? "it is starting" : new Operator(instance.get().address(), null).notReadyBecause();
        String state = running.isEmpty() ? "stopped" : instance.isEmpty() ? "starting" : because == null ? "ready" : "not ready";
        JsonObjectBuilder status = Json.createObjectBuilder().add("state", state).add("data", folder.root().toString());
        if (because != null) {
            status.add("reason", because);
        }
        running.ifPresent(process -> status.add("pid", process.pid()));
        instance.ifPresent(of -> status.add("baseUrl", of.address().url() + "/v1").add("version", of.version())
                .add("started", of.started().toString()).add("upSeconds", Duration.between(of.started(), Instant.now()).toSeconds()));
        print(status.build());
        return running.isEmpty() ? NOT_RUNNING : because == null ? 0 : Failure.NOT_READY;
    }

    private void print(JsonObject status) {
        if (json) {
            System.out.println(status);
        } else {
            status.forEach((name, value) -> System.out.printf("%-11s %s%n", name, value instanceof jakarta.json.JsonString text ? text.getString() : value));
        }
    }
}
