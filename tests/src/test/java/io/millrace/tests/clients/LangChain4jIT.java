package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiLanguageModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import dev.langchain4j.model.output.FinishReason;
import io.millrace.tests.MillraceServer;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class LangChain4jIT {

    private static final String QUESTION = "Tell me a story.";
    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final String MODEL = models().getFirst().name();

    @Test
    void listsModels() {
        assertTrue(models().stream().anyMatch(model -> model.name().equals(MODEL)));
    }

    @Test
    void aStreamSaysWhatAWholeAnswerSays() throws Exception {
        String whole = chat(SERVER.key(), MODEL).build().chat(QUESTION);
        Collector collector = new Collector();
        streaming(SERVER.key()).maxTokens(24).build().chat(QUESTION, collector);
        ChatResponse response = collector.complete.get(30, TimeUnit.SECONDS);
        assertFalse(whole.isEmpty());
        assertEquals(whole, response.aiMessage().text());
        assertEquals(whole, collector.pieces.toString());
        assertTrue(response.tokenUsage().outputTokenCount() > 0);
    }

    @Test
    void endsBeforeAStopStringAndWhereTheLimitIs() {
        String whole = chat(SERVER.key(), MODEL).build().chat(QUESTION);
        String stop = whole.substring(whole.length() / 2, whole.length() / 2 + 2);
        ChatResponse stopped = chat(SERVER.key(), MODEL).stop(List.of(stop)).build().chat(UserMessage.from(QUESTION));
        assertEquals(whole.substring(0, whole.indexOf(stop)), stopped.aiMessage().text());
        assertEquals(FinishReason.STOP, stopped.finishReason());
        ChatResponse limited = chat(SERVER.key(), MODEL).logitBias(Endless.BIAS).maxTokens(7).build().chat(UserMessage.from(QUESTION));
        assertEquals(7, limited.tokenUsage().outputTokenCount());
        assertEquals(FinishReason.LENGTH, limited.finishReason());
    }

    @Test
    void completesText() {
        var answer = OpenAiLanguageModel.builder().baseUrl(SERVER.baseUrl()).apiKey(SERVER.key()).modelName(MODEL)
                .temperature(0.0).build().generate("Once upon a time");
        assertFalse(answer.content().isEmpty());
        assertTrue(answer.tokenUsage().outputTokenCount() > 0);
    }

    @Test
    void aStreamThatIsCancelledFreesItsSlot() throws Exception {
        InFlight watch = InFlight.watch(SERVER);
        Collector collector = new Collector() {
            @Override
            public void onPartialResponse(PartialResponse piece, PartialResponseContext context) {
                context.streamingHandle().cancel();
                begun.complete(null);
            }
        };
        streaming(SERVER.key()).logitBias(Endless.BIAS).maxTokens(Endless.TOKENS).customParameters(
                Map.of("n", Endless.CHOICES, "logprobs", true, "top_logprobs", Endless.TOP_LOGPROBS)).build().chat(QUESTION, collector);
        collector.begun.get(30, TimeUnit.SECONDS);
        watch.assertGivenUp(Endless.ALL_TOKENS);
    }

    @Test
    void errorsAreTyped() {
        assertThrows(AuthenticationException.class, () -> chat("mr-wrong", MODEL).build().chat(QUESTION));
        assertThrows(ModelNotFoundException.class, () -> chat(SERVER.key(), "no-such-model").build().chat(QUESTION));
        assertThrows(InvalidRequestException.class, () -> chat(SERVER.key(), MODEL).temperature(9.0).build().chat(QUESTION));
        Collector collector = new Collector();
        streaming("mr-wrong").build().chat(QUESTION, collector);
        ExecutionException refused = assertThrows(ExecutionException.class, () -> collector.complete.get(30, TimeUnit.SECONDS));
        assertInstanceOf(AuthenticationException.class, refused.getCause());
    }

    private static OpenAiChatModel.OpenAiChatModelBuilder chat(String key, String model) {
        return OpenAiChatModel.builder().baseUrl(SERVER.baseUrl()).apiKey(key).modelName(model).temperature(0.0)
                .maxTokens(24).maxRetries(0);
    }

    private static OpenAiStreamingChatModel.OpenAiStreamingChatModelBuilder streaming(String key) {
        return OpenAiStreamingChatModel.builder().baseUrl(SERVER.baseUrl()).apiKey(key).modelName(MODEL).temperature(0.0);
    }

    private static List<ModelDescription> models() {
        return OpenAiModelCatalog.builder().baseUrl(SERVER.baseUrl()).apiKey(SERVER.key()).build().listModels();
    }
}
