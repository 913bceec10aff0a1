package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import io.millrace.connector.gguf.SeedModel;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import jakarta.json.JsonValue;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.OutputStream;
import java.io.StringReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as it is typed, against a real web server. */
class ModelAddCommandTest {

    private static final String TOKEN = "hf_tokenThatIsNeverShown";

    @TempDir
    Path data;

    private final List<String> ranges = new CopyOnWriteArrayList<>();
    private HttpServer server;
    private byte[] model;
    private volatile boolean stuck;

    @BeforeEach
    void serve() throws IOException {
        Path seed = data.resolve("seed-for-the-server");
        SeedModel.write(seed, "llama-tiny", "q8_0", 1);
        model = Files.readAllBytes(seed);
        Files.delete(seed);
        server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.createContext("/", exchange -> {
            String range = exchange.getRequestHeaders().getFirst("Range");
            ranges.add(String.valueOf(range));
            int from = range == null ? 0 : Integer.parseInt(range.replaceAll("\\D", ""));
            byte[] rest = Arrays.copyOfRange(model, from, model.length);
            exchange.getResponseHeaders().set("ETag", "\"1\"");
            exchange.getResponseHeaders().set("X-Linked-Etag", "\"" + sha256() + "\"");
            if (range != null) {
                exchange.getResponseHeaders().set("Content-Range", "bytes " + from + "-" + (model.length - 1) + "/" + model.length);
            }
            exchange.sendResponseHeaders(range == null ? 200 : 206, rest.length);
            OutputStream body = exchange.getResponseBody();
            if (stuck) {
                body.write(rest, 0, rest.length / 2);
                body.flush();
                return;
            }
            body.write(rest);
            exchange.close();
        });
        server.start();
    }

    @AfterEach
    void stop() {
        server.stop(0);
    }

    private String address(String path) {
        return "http://127.0.0.1:" + server.getAddress().getPort() + path;
    }

    private String sha256() {
        try {
            return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(model));
        } catch (java.security.NoSuchAlgorithmException e) {
            throw new IllegalStateException(e);
        }
    }

    private List<JsonObject> listed() throws Exception {
        CommandRun list = CommandRun.of(data, Map.of(), "model", "list", "--json");
        assertEquals(0, list.status(), list.toString());
        return Json.createReader(new StringReader(list.out())).readArray().getValuesAs(JsonValue::asJsonObject).stream()
                .filter(row -> !row.getString("name").equals("millrace-pilot")).toList();
    }

    @Test
    void fetchesFromAHubThatASettingNamesAndPrintsOneJsonObject() throws Exception {
        Map<String, String> environment = Map.of("MILLRACE_MODEL_HUB_HF", address("/mirror"), "HF_TOKEN", TOKEN);
        CommandRun run = CommandRun.of(data, environment, "model", "add", "hf:owner/repo/tiny.gguf", "--json");
        assertEquals(0, run.status(), run.toString());
        JsonObject result = Json.createReader(new StringReader(run.out())).readObject();
        assertEquals(1, run.out().lines().count(), run.out());
        assertEquals("tiny", result.getString("name"));
        assertEquals(sha256(), result.getString("sha256"));
        assertTrue(result.getBoolean("checked"));
        assertFalse(run.toString().contains(TOKEN), run.toString());
        JsonObject row = listed().getFirst();
        assertEquals("llama", row.getString("architecture"));
        assertEquals("Q8_0", row.getString("quantisation"));
        assertEquals(model.length, row.getInt("bytes"));
        assertTrue(row.getBoolean("fits") && row.getJsonNumber("neededBytes").longValue() > 0, row.toString());
    }

    @Test
    void leavesThePartOnControlCAndGoesOnWithTheSameCommand() throws Exception {
        stuck = true;
        CommandRun run = CommandRun.start(data, Map.of(), "model", "add", address("/tiny.gguf"));
        Path part = data.resolve("models/tiny.gguf.part");
        long giveUp = System.nanoTime() + 30_000_000_000L;
        while (!Files.exists(part) || Files.size(part) < model.length / 2) {
            assertTrue(System.nanoTime() < giveUp, "nothing is fetched");
            Thread.sleep(20);
        }
        run.interrupt();
        assertEquals(130, run.status(), run.toString());
        assertTrue(run.err().contains("What was fetched lies in " + part + ", and the same command goes on from there."), run.toString());
        assertEquals(List.of(), listed());
        stuck = false;
        CommandRun again = CommandRun.of(data, Map.of(), "model", "add", address("/tiny.gguf"));
        assertEquals(0, again.status(), again.toString());
        assertTrue(again.out().contains("Going on at %,d bytes".formatted(model.length / 2)) && again.out().contains(sha256()), again.toString());
        assertEquals(List.of("null", "bytes=" + model.length / 2 + "-"), ranges);
        assertEquals(sha256(), HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(data.resolve("models/tiny.gguf")))));
        assertTrue(Files.notExists(part));
    }

    /** A tunnel's password is another matter than a plain proxy's: the JDK leaves it out unless it is told in time. */
    @Test
    void showsTheProxyItsPasswordForATunnelToo() throws Exception {
        List<String> asked = new CopyOnWriteArrayList<>();
        try (ServerSocket proxy = new ServerSocket(0, 10, InetAddress.getLoopbackAddress())) {
            Thread.ofVirtual().start(() -> refuseTunnels(proxy, asked));
            CommandRun run = CommandRun.of(data, Map.of("HTTPS_PROXY", "http://me:sesame@127.0.0.1:" + proxy.getLocalPort(), "MILLRACE_MODEL_ATTEMPTS", "1"),
                    "model", "add", "https://hub.invalid/m.gguf");
            assertEquals(1, run.status());
            assertTrue(asked.getFirst().startsWith("CONNECT hub.invalid:443"), asked.toString());
            assertTrue(asked.getLast().contains("Basic bWU6c2VzYW1l"), asked.toString());
            assertFalse(run.toString().contains("sesame"), run.toString());
        }
    }

    private static void refuseTunnels(ServerSocket proxy, List<String> asked) {
        while (!proxy.isClosed()) {
            try (Socket client = proxy.accept()) {
                BufferedReader in = new BufferedReader(new InputStreamReader(client.getInputStream(), StandardCharsets.US_ASCII));
                String request = in.lines().takeWhile(line -> !line.isEmpty()).collect(Collectors.joining("\n"));
                asked.add(request);
                String answer = request.contains("Proxy-Authorization") ? "502 Bad Gateway" : "407 Who\r\nProxy-Authenticate: Basic realm=\"p\"";
                client.getOutputStream().write(("HTTP/1.1 " + answer + "\r\nContent-Length: 0\r\nConnection: close\r\n\r\n").getBytes(StandardCharsets.US_ASCII));
            } catch (IOException _) {
                return;
            }
        }
    }

    @Test
    void asksNobodyWhenTheNameIsTakenOrTheChecksumIsNone() throws Exception {
        Files.createDirectories(data.resolve("models"));
        Files.write(data.resolve("models/tiny.gguf"), model);
        CommandRun taken = CommandRun.of(data, Map.of(), "model", "add", address("/tiny.gguf"));
        assertEquals(1, taken.status());
        assertEquals("millrace: There is a model tiny already: give this one another name with --name.\n", taken.err());
        CommandRun odd = CommandRun.of(data, Map.of(), "model", "add", address("/other.gguf"), "--sha256", "abc");
        assertEquals("millrace: --sha256 takes 64 hexadecimal digits, not 'abc'.\n", odd.err());
        CommandRun climbing = CommandRun.of(data, Map.of(), "model", "add", address("/other.gguf"), "--name", "../other");
        assertEquals("millrace: A model can't be called '../other': use a plain file name.\n", climbing.err());
        assertEquals(List.of(), ranges);
    }

    @Test
    void listsWhatCannotBeServedWithTheReasonAndForPeople() throws Exception {
        Files.createDirectories(data.resolve("models"));
        Files.write(data.resolve("models/cut.gguf"), Arrays.copyOf(model, model.length / 2));
        Files.write(data.resolve("models/tiny.gguf"), model);
        assertTrue(listed().getFirst().getString("problem").contains("cut off"));
        Map<String, String> huge = Map.of("MILLRACE_ENGINE_CONTEXT_TOKENS", "16777216", "MILLRACE_ENGINE_KV_TYPE", "f32");
        String table = CommandRun.of(data, huge, "model", "list").out();
        assertTrue(table.contains("can't be served: "), table);
        assertTrue(table.lines().anyMatch(line -> line.matches("  tiny .* Q8_0 +0\\.\\d M +2048 +llama +(needs [\\d.]+ [KMGT]iB, [\\d.]+ [KMGT]iB free|[\\d.]+ [KMGT]iB, fits)")), table);
    }
}
