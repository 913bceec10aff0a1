package io.millrace.tests.system;

import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** The audit as it stands in the server's own database, read past the server. */
public final class AuditTable {

    private static final String PID_FILE = "postgres/postmaster.pid";

    private AuditTable() {}

    /** Every recorded call's outcome, by call id. */
    public static Map<String, String> outcomes(MillraceServer server) {
        return byCall(server, "outcome");
    }

    /** Every recorded call's outcome and detail, such as {@code failed SLOW_READER}, by call id. */
    static Map<String, String> endings(MillraceServer server) {
        return byCall(server, "outcome || ' ' || detail");
    }

    /** Every recorded call's way through the regions, JSON, by call id; those that have none are missing. */
    public static Map<String, String> routes(MillraceServer server) {
        Map<String, String> routes = byCall(server, "route");
        routes.values().removeIf(Objects::isNull);
        return routes;
    }

    /** Every recorded call's endpoint, by call id. */
    static Map<String, String> endpoints(MillraceServer server) {
        return byCall(server, "endpoint");
    }

    private static Map<String, String> byCall(MillraceServer server, String what) {
        Map<String, String> outcomes = new HashMap<>();
        try (Connection database = connect(server.data());
             ResultSet rows = database.createStatement().executeQuery("select call_id, " + what + " from audit_call")) {
            while (rows.next()) {
                outcomes.put(rows.getString(1), rows.getString(2));
            }
            return outcomes;
        } catch (SQLException e) {
            throw new IllegalStateException("the audit can't be read", e);
        }
    }

    /** The embedded PostgreSQL's first process, where it runs. */
    static Optional<ProcessHandle> postmaster(Path data) {
        if (!Files.exists(data.resolve(PID_FILE))) {
            return Optional.empty();
        }
        return ProcessHandle.of(Long.parseLong(pidFile(data).getFirst().strip()))
                .filter(process -> read(Path.of("/proc/" + process.pid() + "/cmdline")).toString().contains(data.toString()));
    }

    private static Connection connect(Path data) throws SQLException {
        String port = pidFile(data).get(3).strip();
        return DriverManager.getConnection("jdbc:postgresql://127.0.0.1:" + port + "/millrace", "millrace",
                read(data.resolve("postgres-password")).getFirst());
    }

    /** PostgreSQL's own: process id, folder, start, port, … a line each. */
    private static List<String> pidFile(Path data) {
        return read(data.resolve(PID_FILE));
    }

    private static List<String> read(Path file) {
        try {
            return Files.readAllLines(file);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
