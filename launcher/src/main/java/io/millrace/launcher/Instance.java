package io.millrace.launcher;

import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/** What a running server says of itself in its data folder. */
record Instance(long pid, String host, int port, String version, Instant started, long startMs) {

    static Instance of(Address address, Duration start) {
        return new Instance(ProcessHandle.current().pid(), address.host(), address.port(), Version.text(),
                Instant.now().minus(start).truncatedTo(ChronoUnit.SECONDS), start.toMillis());
    }

    static Optional<Instance> read(DataFolder folder) {
        return DataFolder.read(folder.instance()).map(text -> {
            JsonObject json = Json.createReader(new StringReader(text)).readObject();
            return new Instance(json.getJsonNumber("pid").longValue(), json.getString("host"), json.getInt("port"),
                    json.getString("version"), Instant.parse(json.getString("started")), json.getJsonNumber("startMs").longValue());
        });
    }

    String toJson() {
        return Json.createObjectBuilder().add("pid", pid).add("host", host).add("port", port).add("version", version)
                .add("started", started.toString()).add("startMs", startMs).build().toString();
    }

    Address address() {
        return new Address(host, port);
    }
}
