package io.millrace.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The EAR, with its embedded adapter, on a full Payara Server. Its database is one more in the shared server's
 * PostgreSQL. Slow: the server is unpacked, gets a domain and starts.
 */
@Tag("slow")
class PayaraServerIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));
    private static final String TOKEN = "an-operator-token-for-this-test";
    private static final String DATABASE = "payara_server";

    @TempDir
    Path folder;

    @Test
    void servesFromTheEar() throws Exception {
        Map<String, String> environment = Map.of(
                "MILLRACE_DATA", Files.createDirectories(folder.resolve("data")).toString(),
                "MILLRACE_DB_URL", database(DATABASE),
                "MILLRACE_DB_PASSWORD", password(),
                "MILLRACE_ENGINE_NATIVES", System.getProperty("millrace.natives"),
                "MILLRACE_MODEL", MillraceServer.smallModel().toString(),
                "MILLRACE_OPERATOR_TOKEN", TOKEN);
        execute(database("millrace"), "CREATE DATABASE " + DATABASE);
        Path distribution = Path.of(System.getProperty("payara.distribution"));
        try (PayaraServer server = new PayaraServer(distribution, folder, environment); HttpClient client = HttpClient.newHttpClient()) {
            server.deploy("millrace", ROOT.resolve("ear/target/millrace.ear"));
            awaitReady(client, server);
            String key = send(client, server, "/admin/keys", TOKEN, "{\"name\": \"ear\"}").get("secret").asText();
            JsonNode answer = send(client, server, "/v1/completions", key, "{\"prompt\": \"Hello\", \"max_tokens\": 4}");
            assertTrue(answer.get("usage").get("completion_tokens").asInt() > 0, answer.toString());
            List<String> stream = client.send(post(server, "/v1/completions", key, "{\"prompt\": \"Hello\", \"max_tokens\": 4, \"stream\": true}"),
                    HttpResponse.BodyHandlers.ofLines()).body().filter(line -> !line.isEmpty()).toList();
            assertEquals("data: [DONE]", stream.getLast());
            assertEquals(2, auditedCalls(), "each call has its record before its answer ends");
            assertTrue(server.log().contains("Engine ready: "), "the message-driven bean hears the embedded adapter");
        }
    }

    private static void awaitReady(HttpClient client, PayaraServer server) throws IOException, InterruptedException {
        HttpRequest request = HttpRequest.newBuilder(URI.create(server.address() + "/health/ready")).build();
        HttpResponse<String> health = client.send(request, HttpResponse.BodyHandlers.ofString());
        for (int i = 0; i < 300 && health.statusCode() != 200; i++) {
            TimeUnit.MILLISECONDS.sleep(100);
            health = client.send(request, HttpResponse.BodyHandlers.ofString());
        }
        assertEquals(200, health.statusCode(), health.body());
    }

    private static JsonNode send(HttpClient client, PayaraServer server, String path, String token, String body) throws IOException, InterruptedException {
        HttpResponse<String> response = client.send(post(server, path, token, body), HttpResponse.BodyHandlers.ofString());
        assertEquals(2, response.statusCode() / 100, response.body());
        return JSON.readTree(response.body());
    }

    private static HttpRequest post(PayaraServer server, String path, String token, String body) {
        return HttpRequest.newBuilder(URI.create(server.address() + path)).header("Authorization", "Bearer " + token)
                .header("Content-Type", "application/json").POST(HttpRequest.BodyPublishers.ofString(body)).build();
    }

    private static int auditedCalls() throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection(database(DATABASE), "millrace", password());
             Statement statement = connection.createStatement();
             ResultSet rows = statement.executeQuery("SELECT count(*) FROM audit_call")) {
            rows.next();
            return rows.getInt(1);
        }
    }

    private static void execute(String url, String sql) throws IOException, SQLException {
        try (Connection connection = DriverManager.getConnection(url, "millrace", password()); Statement statement = connection.createStatement()) {
            statement.execute(sql);
        }
    }

    /** A database of the shared server's PostgreSQL; the fourth line of its pid file is the port. */
    private static String database(String name) throws IOException {
        String port = Files.readAllLines(MillraceServer.shared().data().resolve("postgres/postmaster.pid")).get(3).strip();
        return "jdbc:postgresql://127.0.0.1:" + port + "/" + name;
    }

    private static String password() throws IOException {
        return Files.readString(MillraceServer.shared().data().resolve("postgres-password")).strip();
    }
}
