package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.tests.failover.Pair;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When every server dies in the middle of an answer, no client takes it for a whole one. */
class AllDeadIT {

    private static final double WORDS_A_SECOND = 10;
    private static final String MODEL = "any";
    private static Pair pair;

    @BeforeAll
    static void start() throws Exception {
        pair = new Pair(WORDS_A_SECOND, Map.of("MILLRACE_REGIONS_PATIENCE", "500ms", "MILLRACE_REGION_A_MODELS", MODEL + "=" + MODEL,
                "MILLRACE_REGION_B_MODELS", MODEL + "=" + MODEL));
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @BeforeEach
    void bothAreThere() throws Exception {
        pair.bothServe();
    }

    @ParameterizedTest
    @CsvSource({"openai-cut.mjs, openai", "ai-sdk-cut.mjs, deepseek", "ai-sdk-cut.mjs, compatible"})
    void javaScriptClientsSeeAnError(String script, String provider) throws Exception {
        assumeTrue(Npm.isThere(), "npm and node are not installed: the JavaScript clients are not tried");
        try (Npm.Script running = Npm.start(script, pair.server().baseUrl(), pair.server().key(), MODEL, provider)) {
            String begun = running.line();
            assertTrue(begun.equals("\"begun\""), begun);
            pair.killBoth();
            JsonNode seen = new ObjectMapper().readTree(running.line());
            assertTrue(seen.get("error").isTextual(), seen.toString());
            assertTrue(seen.get("length").asInt() > 0, seen.toString());
        }
    }

    @Test
    void openaiJavaThrows() {
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(pair.server().baseUrl()).apiKey(pair.server().key()).maxRetries(0).build();
        StringBuilder text = new StringBuilder();
        assertThrows(RuntimeException.class, () -> {
            try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(ChatCompletionCreateParams.builder()
                    .model(MODEL).addUserMessage("openai-java").maxCompletionTokens(200).build())) {
                chunks.stream().flatMap(chunk -> chunk.choices().stream()).forEach(choice -> choice.delta().content().filter(piece -> !piece.isEmpty())
                        .ifPresent(piece -> {
                            if (text.isEmpty()) {
                                pair.killBoth();
                            }
                            text.append(piece);
                        }));
            }
        });
        assertFalse(text.isEmpty());
    }

    @Test
    void langChain4jIsToldOfAnError() throws Exception {
        Collector collector = new Collector();
        OpenAiStreamingChatModel.builder().baseUrl(pair.server().baseUrl()).apiKey(pair.server().key()).modelName(MODEL).maxTokens(200).build()
                .chat("langchain4j", collector);
        collector.begun.get(30, TimeUnit.SECONDS);
        pair.killBoth();
        assertThrows(ExecutionException.class, () -> collector.complete.get(60, TimeUnit.SECONDS));
        assertFalse(collector.pieces.isEmpty());
    }
}
