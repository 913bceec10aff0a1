package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.MillraceServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JavaScript clients, where there is npm; each runs as a script of its own and prints what it saw. */
class NpmClientsIT {

    private static final Path SCRIPTS = Path.of("src/test/npm");
    private static final Path INSTALLED = Path.of("target/npm");
    private static final long PATIENCE_SECONDS = 180;
    private static final MillraceServer SERVER = MillraceServer.shared();

    @BeforeAll
    static void install() throws Exception {
        assumeTrue(isThere("npm") && isThere("node"), "npm and node are not installed: the JavaScript clients are not tried");
        Files.createDirectories(INSTALLED);
        try (Stream<Path> files = Files.list(SCRIPTS)) {
            for (Path file : files.toList()) {
                Files.copy(file, INSTALLED.resolve(file.getFileName()), StandardCopyOption.REPLACE_EXISTING);
            }
        }
        run("npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts");
    }

    @Test
    void openaiListsChatsStreamsAndTypesItsErrors() throws Exception {
        JsonNode seen = run("node", "openai.mjs", SERVER.baseUrl(), SERVER.key());
        assertEquals(seen.at("/models/0"), seen.get("retrieved"));
        assertFalse(seen.get("whole").asText().isEmpty());
        assertEquals(seen.get("whole"), seen.get("streamed"));
        assertEquals(seen.get("whole"), seen.get("helper"));
        assertEquals(seen.get("completionTokens"), seen.get("streamedTokens"));
        assertTrue(seen.get("requestId").asBoolean(), "the client finds the answer's id in X-Request-Id");
        assertTrue(List.of("stop", "length").contains(seen.get("finish").asText()));
        assertFalse(seen.get("completion").asText().isEmpty());
        assertEquals(seen.get("completion"), seen.get("streamedCompletion"));
        assertNotEquals(seen.at("/dice/0"), seen.at("/dice/1"));
        assertEquals(seen.get("dice"), seen.get("diceAgain"));
        assertEquals(seen.get("beforeStop"), seen.get("stopped"));
        assertEquals("stop", seen.get("stoppedFinish").asText());
        assertEquals(seen.get("completionTokens").asInt(), seen.get("logprobs").size());
        seen.get("logprobs").forEach(alternatives -> assertEquals(3, alternatives.asInt()));
        assertEquals("{\"tokens\":7,\"finish\":\"length\"}", seen.get("limited").toString());
        assertEquals("AuthenticationError", seen.at("/badKey/name").asText());
        assertEquals("invalid_api_key", seen.at("/badKey/code").asText());
        assertEquals("NotFoundError", seen.at("/unknownModel/name").asText());
        assertEquals("BadRequestError", seen.at("/badValue/name").asText());
        assertEquals("temperature", seen.at("/badValue/param").asText());
        assertEquals(seen.get("badValue"), seen.get("badValueOfStream"));
    }

    @Test
    void bothProvidersOfTheAiSdkChatStreamAndTypeTheirErrors() throws Exception {
        JsonNode seen = run("node", "ai-sdk.mjs", SERVER.baseUrl(), SERVER.key(), model());
        for (String provider : List.of("deepseek", "compatible")) {
            JsonNode of = seen.get(provider);
            assertFalse(of.get("whole").asText().isEmpty());
            assertEquals(of.get("whole"), of.get("streamed"), provider);
            assertTrue(of.get("wholeTokens").asInt() > 0, of.toString());
            assertEquals(of.get("wholeTokens"), of.get("streamedTokens"), provider);
            assertTrue(List.of("stop", "length").contains(of.get("finish").asText()), of.toString());
            assertEquals(of.get("beforeStop"), of.get("stopped"), provider);
            assertEquals("stop", of.get("stoppedFinish").asText(), provider);
            assertEquals("{\"typed\":true,\"status\":401,\"retryable\":false}", of.get("badKey").toString());
            assertEquals("{\"typed\":true,\"status\":404,\"retryable\":false}", of.get("unknownModel").toString());
            assertEquals("{\"typed\":true,\"status\":400,\"retryable\":false}", of.get("badValue").toString());
        }
    }

    @ParameterizedTest
    @CsvSource({"openai-abort.mjs, openai", "ai-sdk-abort.mjs, deepseek", "ai-sdk-abort.mjs, compatible"})
    void aStreamThatIsAbortedFreesItsSlot(String script, String provider) throws Exception {
        String model = model();
        InFlight watch = InFlight.watch(SERVER);
        Process process = command("node", script, SERVER.baseUrl(), SERVER.key(), model, provider)
                .redirectError(Redirect.INHERIT).start();
        process.onExit().orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS).exceptionally(_ -> process.destroyForcibly());
        try (BufferedReader said = process.inputReader()) {
            assertEquals("{\"aborted\":true}", said.readLine());
            watch.assertGivenUp(Endless.ALL_TOKENS);
            assertTrue(process.isAlive(), "it isn't the client's end that frees the slot");
        } finally {
            process.destroyForcibly().waitFor();
        }
    }

    private static String model() throws IOException, InterruptedException {
        return Http.json(new Http(SERVER, SERVER.key()).get("/v1/models")).at("/data/0/id").asText();
    }

    private static ProcessBuilder command(String... command) {
        ProcessBuilder builder = new ProcessBuilder(command).directory(INSTALLED.toFile());
        builder.environment().putAll(Map.of("ENDLESS_BIAS", new ObjectMapper().valueToTree(Endless.BIAS).toString(),
                "ENDLESS_CHOICES", Integer.toString(Endless.CHOICES), "ENDLESS_TOKENS", Integer.toString(Endless.TOKENS)));
        return builder;
    }

    private static boolean isThere(String program) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Runs a program in the installed folder; its last line of output as JSON, where it is that. */
    private static JsonNode run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("millrace-npm", ".txt");
        Process process = command(command).redirectErrorStream(true).redirectOutput(output.toFile()).start();
        boolean ended = process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS);
        if (!ended) {
            process.destroyForcibly();
        }
        List<String> said = Files.readAllLines(output);
        Files.delete(output);
        assertTrue(ended && process.exitValue() == 0, () -> String.join(" ", command[0], command[1]) + " failed: " + String.join("\n", said));
        String last = said.isEmpty() ? "" : said.getLast();
        return last.startsWith("{") ? new ObjectMapper().readTree(last) : null;
    }
}
