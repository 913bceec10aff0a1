package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.JsonValue;
import com.openai.core.http.StreamResponse;
import com.openai.errors.OpenAIException;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.connector.gguf.SeedModel;
import io.millrace.tests.MillraceServer;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;

/** What clients make of a server that has them wait and then breaks their streams off. */
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class HardTimesIT {

    private static final int MOST_CHOICES = 16;
    private static final int SLOTS = 32;
    /** With what the scripts ask for, as many as there are slots. */
    private static final int CHOICES_IN_JAVA = 4;
    private static final long PATIENCE_SECONDS = 60;
    private static final ObjectMapper JSON = new ObjectMapper();
    private static MillraceServer server;
    private static Http http;
    private static String model;

    /** The DeepSeek-like model takes a few milliseconds for a step, so that long answers last for seconds. */
    @BeforeAll
    static void start() throws Exception {
        Path data = MillraceServer.temporaryFolder();
        Path file = data.resolveSibling(data.getFileName() + ".gguf");
        SeedModel.write(file, "deepseek2-tiny", "q8_0", 1);
        server = MillraceServer.start(data, file, Map.of("MILLRACE_HTTP_KEEP_ALIVE", "100ms", "MILLRACE_HTTP_DRAIN", "0ms",
                "MILLRACE_ENGINE_SLOTS", Integer.toString(SLOTS)));
        http = new Http(server, server.key());
        model = Http.json(http.get("/v1/models")).at("/data/0/id").asText();
    }

    @AfterAll
    static void stop() {
        if (server != null) {
            server.close();
        }
    }

    @Test
    @Order(1)
    void whoWaitsGetsSignsOfLifeThatClientsPassOver() throws Exception {
        ObjectNode question = Http.chat("Tell me a story.");
        List<InputStream> holders = new ArrayList<>();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int held = 0; held < SLOTS; held += MOST_CHOICES) {
                holders.add(hold());
            }
            Future<HttpResponse<String>> whole = clients.submit(() -> http.post("/v1/chat/completions", question));
            Future<HttpResponse<String>> stream = clients.submit(
                    () -> http.post("/v1/chat/completions", question.deepCopy().put("stream", true)));
            Future<String> openAi = clients.submit(() -> stream(openAi("Tell me a story.").maxCompletionTokens(24L), () -> {}));
            Collector langChain = new Collector();
            langChain4j().maxTokens(24).build().chat("Tell me a story.", langChain);
            TimeUnit.SECONDS.sleep(1);
            assertFalse(whole.isDone() || stream.isDone() || openAi.isDone() || langChain.complete.isDone(), "all of them wait");
            for (InputStream holder : holders) {
                holder.close();
            }
            String body = await(whole).body();
            assertTrue(body.startsWith("\n\n"), "blank lines in front of the JSON: " + body);
            assertFalse(JSON.readTree(body).at("/choices/0/message/content").asText().isEmpty());
            String events = await(stream).body();
            assertTrue(events.startsWith(": keep-alive\n\n: keep-alive\n\n"), events);
            assertTrue(events.endsWith("data: " + Http.DONE + "\n\n"), events);
            assertFalse(await(openAi).isEmpty());
            assertFalse(await(langChain.complete).aiMessage().text().isEmpty());
        }
    }

    /** Takes half of the slots until it is closed. */
    private static InputStream hold() throws Exception {
        ObjectNode endless = Http.chat("Never end.").put("stream", true).put("n", MOST_CHOICES).put("max_tokens", Endless.TOKENS);
        endless.set("logit_bias", JSON.valueToTree(Endless.BIAS));
        InputStream stream = http.open("/v1/chat/completions", endless);
        for (String line = ""; !line.startsWith("data: ");) {
            line = line(stream);
        }
        return stream;
    }

    private static String line(InputStream stream) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int next = stream.read(); next != '\n'; next = stream.read()) {
            if (next < 0) {
                throw new IOException("the stream ended");
            }
            line.append((char) next);
        }
        return line.toString();
    }

    @Test
    @Order(2)
    void noClientTakesAStreamThatTheServerBrokeOffForComplete() throws Exception {
        boolean withNpm = Npm.isThere();
        CompletableFuture<Void> begun = new CompletableFuture<>();
        Collector langChain = new Collector();
        try (ExecutorService clients = Executors.newVirtualThreadPerTaskExecutor();
             Npm.Script npm = withNpm ? Npm.start("broken.mjs", server.baseUrl(), server.key(), model) : null) {
            Future<String> openAi = clients.submit(() -> stream(openAi("Never end.").logitBias(bias())
                    .n(CHOICES_IN_JAVA).maxCompletionTokens(Endless.TOKENS), () -> begun.complete(null)));
            langChain4j().logitBias(Endless.BIAS).customParameters(Map.of("n", CHOICES_IN_JAVA)).maxTokens(Endless.TOKENS)
                    .build().chat("Never end.", langChain);
            await(begun);
            await(langChain.begun);
            if (withNpm) {
                assertEquals("begun", npm.line());
            }
            ProcessHandle.of(server.pid()).orElseThrow().destroy();
            ExecutionException broken = assertThrows(ExecutionException.class, () -> await(openAi));
            assertInstanceOf(OpenAIException.class, broken.getCause());
            assertThrows(ExecutionException.class, () -> await(langChain.complete));
            if (withNpm) {
                JsonNode seen = JSON.readTree(npm.line());
                assertEquals(3, seen.size());
                seen.forEach(end -> assertTrue(end.asText().startsWith("failed: "), seen.toString()));
            }
        }
    }

    private static <T> T await(Future<T> future) throws Exception {
        return future.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    }

    private static ChatCompletionCreateParams.LogitBias bias() {
        ChatCompletionCreateParams.LogitBias.Builder bias = ChatCompletionCreateParams.LogitBias.builder();
        Endless.BIAS.forEach((token, value) -> bias.putAdditionalProperty(token, JsonValue.from(value)));
        return bias.build();
    }

    private static ChatCompletionCreateParams.Builder openAi(String content) {
        return ChatCompletionCreateParams.builder().model(model).addUserMessage(content).temperature(0.0);
    }

    /** The text of a whole stream. */
    private static String stream(ChatCompletionCreateParams.Builder question, Runnable begun) {
        OpenAIClient client = OpenAIOkHttpClient.builder().baseUrl(server.baseUrl()).apiKey(server.key()).maxRetries(0).build();
        StringBuilder text = new StringBuilder();
        try (StreamResponse<ChatCompletionChunk> chunks = client.chat().completions().createStreaming(question.build())) {
            chunks.stream().flatMap(chunk -> chunk.choices().stream()).forEach(choice -> {
                choice.delta().content().ifPresent(text::append);
                begun.run();
            });
        } finally {
            client.close();
        }
        return text.toString();
    }

    private static OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder langChain4j() {
        return OpenAiStreamingChatModel.builder().baseUrl(server.baseUrl()).apiKey(server.key()).modelName(model).temperature(0.0);
    }
}
