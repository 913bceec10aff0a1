package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

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
        assertFalse(seen.get("whole").asText().isEmpty());
        assertEquals(seen.get("whole"), seen.get("streamed"));
        assertEquals(seen.get("completionTokens"), seen.get("streamedTokens"));
        assertTrue(List.of("stop", "length").contains(seen.get("finish").asText()));
        assertEquals("AuthenticationError", seen.at("/badKey/name").asText());
        assertEquals("invalid_api_key", seen.at("/badKey/code").asText());
        assertEquals("NotFoundError", seen.at("/unknownModel/name").asText());
        assertEquals("BadRequestError", seen.at("/badValue/name").asText());
        assertEquals("temperature", seen.at("/badValue/param").asText());
        InFlight.awaitNone(SERVER);
    }

    @Test
    void bothProvidersOfTheAiSdkChatAndStream() throws Exception {
        String model = run("node", "openai.mjs", SERVER.baseUrl(), SERVER.key()).at("/models/0").asText();
        JsonNode seen = run("node", "ai-sdk.mjs", SERVER.baseUrl(), SERVER.key(), model);
        for (String provider : List.of("deepseek", "compatible")) {
            JsonNode of = seen.get(provider);
            assertFalse(of.get("whole").asText().isEmpty());
            assertEquals(of.get("whole"), of.get("streamed"), provider);
            assertTrue(List.of("stop", "length").contains(of.get("finish").asText()), of.toString());
            assertTrue(of.get("outputTokens").asInt() > 0, of.toString());
            assertEquals(404, of.get("refused").asInt(), of.toString());
        }
    }

    private static boolean isThere(String program) {
        return Stream.of(System.getenv("PATH").split(":")).anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
    }

    /** Runs a program in the installed folder; its last line of output as JSON, where it is that. */
    private static JsonNode run(String... command) throws IOException, InterruptedException {
        Path output = Files.createTempFile("millrace-npm", ".txt");
        Process process = new ProcessBuilder(new ArrayList<>(List.of(command))).directory(INSTALLED.toFile())
                .redirectErrorStream(true).redirectOutput(output.toFile()).start();
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
