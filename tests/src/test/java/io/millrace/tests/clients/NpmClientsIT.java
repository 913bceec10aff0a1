package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** JavaScript clients, where there is npm; each runs as a script of its own and prints what it saw. */
class NpmClientsIT {

    private static final MillraceServer SERVER = MillraceServer.shared();

    @BeforeAll
    static void isThere() {
        assumeTrue(Npm.isThere(), "npm and node are not installed: the JavaScript clients are not tried");
    }

    @Test
    void openaiListsChatsStreamsAndTypesItsErrors() throws Exception {
        JsonNode seen = Npm.run("openai.mjs", SERVER.baseUrl(), SERVER.key());
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
    void openaiMakesRetrievesAndGoesOnFromResponsesAndConversations() throws Exception {
        JsonNode seen = Npm.run("openai-responses.mjs", SERVER.baseUrl(), SERVER.key());
        assertFalse(seen.get("whole").asText().isEmpty());
        for (String same : List.of("retrieved", "streamed", "last", "helper")) {
            assertEquals(seen.get("whole"), seen.get(same), same);
        }
        assertEquals("[\"Tell me a story.\"]", seen.get("input").toString());
        assertEquals("response.created", seen.at("/events/0").asText());
        assertTrue(seen.get("inOrder").asBoolean());
        assertTrue(seen.at("/usage/input_tokens").asInt() > 0 && seen.at("/usage/output_tokens").asInt() > 0, seen.get("usage").toString());
        assertEquals("{\"previous\":true,\"more\":true}", seen.get("next").toString());
        assertEquals("{\"same\":true,\"topic\":\"mills\"}", seen.get("conversation").toString());
        assertEquals("[\"user\",\"user\",\"assistant\"]", seen.get("items").toString());
        assertEquals("water", seen.get("updated").asText());
        assertTrue(seen.get("deleted").asBoolean());
        assertEquals("conversation_not_found", seen.at("/gone/code").asText());
        for (String gone : List.of("goneWithIt", "deletedResponse", "unstored")) {
            assertEquals("NotFoundError", seen.at("/" + gone + "/name").asText(), gone);
            assertEquals("response_not_found", seen.at("/" + gone + "/code").asText(), gone);
        }
        assertEquals("{\"name\":\"BadRequestError\",\"status\":400,\"code\":\"unsupported_parameter\",\"param\":\"tools\"}",
                seen.get("unsupported").toString());
        assertEquals(400, seen.at("/cancelled/status").asInt());
    }

    @Test
    void bothProvidersOfTheAiSdkChatStreamAndTypeTheirErrors() throws Exception {
        JsonNode seen = Npm.run("ai-sdk.mjs", SERVER.baseUrl(), SERVER.key(), model());
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
        try (Npm.Script running = Npm.start(script, SERVER.baseUrl(), SERVER.key(), model, provider)) {
            assertEquals("{\"aborted\":true}", running.line());
            watch.assertGivenUp(Endless.ALL_TOKENS);
            assertTrue(running.isAlive(), "it isn't the client's end that frees the slot");
        }
    }

    private static String model() throws IOException, InterruptedException {
        return Http.json(new Http(SERVER, SERVER.key()).get("/v1/models")).at("/data/0/id").asText();
    }
}
