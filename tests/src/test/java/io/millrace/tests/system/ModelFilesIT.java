package io.millrace.tests.system;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.connector.gguf.SeedModel;
import io.millrace.tests.MillraceServer;
import io.millrace.tests.system.Client.Reply;
import io.millrace.tests.system.Client.Streamed;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Files that are no model the engine can serve: the server stays, says why, and takes a better one. */
class ModelFilesIT {

    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int STREAMS = 8;
    private static final int TOKENS = 1000;

    @TempDir
    Path folder;

    /** What people really have under a model's name. */
    enum Damage {
        MISSING {
            @Override
            void write(Path file) { }
        },
        TRUNCATED {
            @Override
            void write(Path file) throws IOException {
                byte[] whole = Files.readAllBytes(MillraceServer.smallModel());
                Files.write(file, Arrays.copyOf(whole, whole.length * 2 / 3));
            }
        },
        HTML {
            @Override
            void write(Path file) throws IOException {
                Files.writeString(file, "<!DOCTYPE html><html><body>404: this model has moved.</body></html>\n".repeat(100));
            }
        },
        FOREIGN_ARCHITECTURE {
            @Override
            void write(Path file) throws IOException {
                String bytes = new String(Files.readAllBytes(MillraceServer.smallModel()), StandardCharsets.ISO_8859_1);
                Files.write(file, bytes.replace("llama", "fable").getBytes(StandardCharsets.ISO_8859_1));
            }
        };

        abstract void write(Path file) throws IOException;
    }

    @Test
    void aServerWhoseModelIsDamagedStaysUpSaysWhyAndTakesABetterOne() throws IOException {
        Path truncated = write(Damage.TRUNCATED);
        try (MillraceServer server = MillraceServer.startUnready(folder.resolve("data"), truncated, Map.of())) {
            Client operator = new Client(server.address(), server.operatorToken());
            Client client = new Client(server.address(), operator.send("POST", "/admin/keys",
                    "{\"name\":\"early\"}".getBytes(StandardCharsets.UTF_8)).json().get("secret").asText());
            assertNotReady(operator, client, truncated);
            MillraceServer.Result status = server.launch("status");
            assertEquals(4, status.status(), status.output());
            assertTrue(status.output().contains(truncated.getFileName().toString()), status.output());
            assertTrue(Files.exists(server.data().resolve("first-key")), "keys need no model");
            for (Damage damage : Damage.values()) {
                Path file = write(damage);
                assertRefused(use(operator, file), file);
                assertNotReady(operator, client, file);
            }
            MillraceServer.Result use = server.launch("model", "use", MillraceServer.smallModel().toString());
            assertEquals(0, use.status(), use.output());
            assertEquals(0, server.launch("status").status());
            assertEquals(200, operator.get("/health/ready").status());
            assertEquals(200, client.chat(Client.greedy("and now?", 4)).status());
            for (Damage damage : Damage.values()) {
                Path file = write(damage);
                assertRefused(use(operator, file), file);
                assertEquals(200, operator.get("/health/ready").status(), "what was served before still is");
                assertEquals(200, client.chat(Client.greedy("still there?", 4)).status());
            }
        }
    }

    @Test
    void aModelThatIsMissingStopsTheStart() {
        Path missing = folder.resolve("missing.gguf");
        MillraceServer.Result result = MillraceServer.launcher(Map.of(), "run", "--data", folder.resolve("data").toString(),
                "--port", "0", "--model", missing.toString());
        assertEquals(1, result.status(), result.output());
        assertTrue(result.output().contains(missing.toString()), result.output());
    }

    @Test
    void streamsInFlightFinishOnTheModelThatTheyBeganOn() throws Exception {
        Path other = folder.resolve("other.gguf");
        SeedModel.write(other, "qwen2-tiny", "Q8_0", 2);
        MillraceServer server = MillraceServer.shared();
        Client operator = new Client(server.address(), server.operatorToken());
        Client client = new Client(server);
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            List<Future<Streamed>> streams = new ArrayList<>();
            for (int i = 0; i < STREAMS; i++) {
                int number = i;
                streams.add(clients.submit(() -> client.stream(Client.endless("stream " + number, TOKENS))));
            }
            Until.is("all run", PATIENCE, () -> Gauges.of(server), gauges -> gauges.running() == STREAMS);
            JsonNode switched = use(operator, other).json();
            Reply fresh = client.chat(Client.greedy("who are you?", 4));
            assertEquals(switched.get("id").asText(), fresh.json().get("model").asText());
            long open = streams.stream().filter(stream -> !stream.isDone()).count();
            System.out.println("switched while " + open + " of " + STREAMS + " streams were in flight");
            for (Future<Streamed> stream : streams) {
                Streamed answer = stream.get();
                assertTrue(answer.done(), answer.content());
                assertEquals(TOKENS, answer.usage().get("completion_tokens").asInt());
            }
        } finally {
            assertEquals(200, use(operator, MillraceServer.smallModel()).status());
        }
    }

    private Path write(Damage damage) throws IOException {
        Path file = folder.resolve(damage.name().toLowerCase(Locale.ROOT) + ".gguf");
        damage.write(file);
        return file;
    }

    private static void assertNotReady(Client operator, Client client, Path file) {
        Reply ready = operator.get("/health/ready");
        System.out.println(ready.body());
        assertEquals(503, ready.status());
        assertTrue(ready.body().contains(file.getFileName().toString()), ready.body());
        assertEquals(200, operator.get("/health/live").status());
        Reply refused = client.chat(Client.greedy("anybody there?", 4));
        assertEquals(503, refused.status(), refused.body());
        assertTrue(refused.json().at("/error/message").asText().contains(file.getFileName().toString()), refused.body());
        assertTrue(client.get("/v1/models").json().get("data").isEmpty(), "no model answers");
    }

    private static void assertRefused(Reply reply, Path file) {
        assertEquals(400, reply.status(), reply.body());
        assertTrue(reply.json().at("/error/message").asText().contains(file.getFileName().toString()), reply.body());
    }

    private static Reply use(Client operator, Path file) {
        return operator.send("POST", "/admin/models", Client.JSON.createObjectNode().put("path", file.toString()).toString()
                .getBytes(StandardCharsets.UTF_8));
    }
}
