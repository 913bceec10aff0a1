package io.millrace.tests.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.MillraceServer.Result;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands on a server that runs, and the starts that are refused; nothing here stops the shared server. */
class LauncherIT {

    private static final ObjectMapper JSON = new ObjectMapper();
    private static final long POLL_MS = 20;

    @TempDir
    Path folder;

    @Test
    void saysThatTheServerIsReady() throws IOException {
        MillraceServer server = MillraceServer.shared();
        Result status = server.launch("status", "--json");
        JsonNode json = JSON.readTree(status.output());
        assertEquals(0, status.status());
        assertEquals("ready", json.get("state").asText());
        assertEquals(server.pid(), json.get("pid").asLong());
        assertEquals("http://localhost:" + server.port() + "/v1", json.get("baseUrl").asText());
    }

    /** Whoever can connect finds the application: Payara alone would call itself ready for some seconds before. */
    @Test
    void letsNobodyConnectBeforeItCanSayWhetherItIsReady() throws Exception {
        int port = MillraceServer.freePort();
        String[] started = {"--port", Integer.toString(port), "--model", MillraceServer.smallModel().toString()};
        try (HttpClient client = HttpClient.newHttpClient(); ExecutorService other = Executors.newSingleThreadExecutor()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/health/ready")).build();
            Future<Result> starting = other.submit(() -> run(started));
            int refused = 0;
            while (!starting.isDone()) {
                try {
                    HttpResponse<String> said = client.send(request, HttpResponse.BodyHandlers.ofString());
                    assertTrue(said.body().contains("\"name\":\"ready\""), said.statusCode() + " " + said.body());
                } catch (ConnectException e) {
                    refused++;
                }
                TimeUnit.MILLISECONDS.sleep(POLL_MS);
            }
            assertEquals(0, starting.get().status(), starting.get().output());
            assertTrue(refused > 0, "it took a moment");
        } finally {
            MillraceServer.launcher(Map.of(), "stop", "--data", folder.toString());
        }
    }

    @Test
    void keepsTheFirstKeyForTheOwnerAlone() throws IOException {
        Path key = MillraceServer.shared().data().resolve("first-key");
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key)));
        assertEquals("rw-------", PosixFilePermissions.toString(Files.getPosixFilePermissions(key.resolveSibling("operator-token"))));
    }

    @Test
    void showsNoSecretInTheProcessList() throws IOException {
        MillraceServer server = MillraceServer.shared();
        String command = Files.readString(Path.of("/proc/" + server.pid() + "/cmdline"));
        String environment = Files.readString(Path.of("/proc/" + server.pid() + "/environ"));
        for (String secret : new String[] {server.key(), server.operatorToken(), Files.readString(server.data().resolve("postgres-password")).strip()}) {
            assertFalse(command.contains(secret) || environment.contains(secret));
        }
    }

    @Test
    void createsListsAndRevokesKeys() throws Exception {
        MillraceServer server = MillraceServer.shared();
        JsonNode created = JSON.readTree(server.launch("key", "create", "team-a", "--ceiling", "P2", "--json").output());
        assertEquals("P2", created.get("ceiling").asText());
        assertEquals(200, models(server, created.get("secret").asText()));
        String listed = server.launch("key", "list").output();
        assertTrue(listed.contains("team-a"), listed);
        assertFalse(listed.contains(created.get("secret").asText()), "a secret is shown once");
        assertEquals(0, server.launch("key", "revoke", created.get("id").asText()).status());
        assertEquals(1, server.launch("key", "revoke", "no-such-key").status());
        assertTrue(server.launch("key", "list").output().contains("revoked"));
    }

    @Test
    void listsTheModelThatIsServedAmongThoseThatAreThere() throws Exception {
        MillraceServer server = MillraceServer.shared();
        assertEquals(0, server.launch("model", "add", MillraceServer.smallModel().toString(), "--name", "copy-of-it").status());
        JsonNode list = JSON.readTree(server.launch("model", "list", "--json").output());
        JsonNode copy = StreamSupport.stream(list.spliterator(), false).filter(row -> row.get("name").asText().equals("copy-of-it")).findFirst().orElseThrow();
        assertTrue(copy.get("serving").asBoolean(), "it has the name, type and weights of what is served: " + list);
        assertTrue(copy.get("neededBytes").asLong() > 0 && copy.get("fits").asBoolean(), list.toString());
        assertEquals(1, StreamSupport.stream(list.spliterator(), false).filter(row -> row.get("serving").asBoolean()).count(), list.toString());
        Files.delete(server.data().resolve("models/copy-of-it.gguf"));
    }

    @Test
    void printsTheLog() {
        Result logs = MillraceServer.shared().launch("logs", "-n", "1000");
        assertEquals(0, logs.status());
        assertTrue(logs.output().contains("Serving ModelInfo"), logs.output());
    }

    @Test
    void refusesASecondServerOnOneFolder() {
        MillraceServer server = MillraceServer.shared();
        assertRefused("is in use by process " + server.pid() + ": stop it with ./millrace stop",
                server.launch("run", "--port", Integer.toString(MillraceServer.freePort())));
    }

    @Test
    void refusesAPortInUse() throws IOException {
        try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getByName("0.0.0.0"))) {
            assertRefused("choose another with --port", run("--port", Integer.toString(taken.getLocalPort())));
        }
    }

    @Test
    void refusesAFolderOfAnotherVersion() throws IOException {
        Files.writeString(folder.resolve("version"), "99\n");
        assertRefused("is of version 99", run());
    }

    @Test
    void refusesASettingThatNobodyKnows() throws IOException {
        Files.writeString(folder.resolve("millrace.properties"), "http.prot = 8080\n");
        assertRefused("Unknown key http.prot", run());
    }

    @Test
    void refusesAModelThatIsNotThere() {
        assertRefused("There is no model at", run("--port", "0", "--model", folder.resolve("missing.gguf").toString()));
    }

    @Test
    void stopsWhatDoesNotRun() {
        Result stop = MillraceServer.launcher(Map.of(), "stop", "--data", folder.toString());
        assertEquals(0, stop.status());
        assertTrue(stop.output().contains("does not run"), stop.output());
        assertEquals(3, MillraceServer.launcher(Map.of(), "status", "--data", folder.toString()).status());
    }

    @Test
    void explainsEachCommand() {
        for (String command : new String[] {"run", "stop", "status", "logs", "test", "bench", "version", "model list", "model add", "model use", "model quantize",
                "key create", "key list", "key limit", "key revoke", "engine add"}) {
            String[] help = (command + " --help").split(" ");
            Result result = MillraceServer.launcher(Map.of(), help);
            assertEquals(0, result.status(), command);
            assertTrue(result.output().startsWith("Usage: millrace " + command), result.output());
        }
    }

    private Result run(String... arguments) {
        String[] all = new String[arguments.length + 3];
        all[0] = "run";
        all[1] = "--data";
        all[2] = folder.toString();
        System.arraycopy(arguments, 0, all, 3, arguments.length);
        return MillraceServer.launcher(Map.of(), all);
    }

    /** One sentence that says why, and nothing left running. */
    private static void assertRefused(String why, Result result) {
        assertEquals(1, result.status(), result.output());
        assertTrue(result.output().contains(why), result.output());
        assertTrue(result.output().lines().filter(line -> line.startsWith("millrace: ")).count() == 1, result.output());
    }

    private static int models(MillraceServer server, String key) throws IOException, InterruptedException {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create(server.baseUrl() + "/models")).header("Authorization", "Bearer " + key).build();
            return client.send(request, HttpResponse.BodyHandlers.discarding()).statusCode();
        }
    }
}
