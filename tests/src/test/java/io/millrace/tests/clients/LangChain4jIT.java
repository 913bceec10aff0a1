package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.langchain4j.exception.AuthenticationException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.model.catalog.ModelDescription;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.openai.OpenAiChatModel;
import dev.langchain4j.model.openai.OpenAiModelCatalog;
import dev.langchain4j.model.openai.OpenAiStreamingChatModel;
import io.millrace.tests.MillraceServer;
import java.util.List;
import java.util.concurrent.CompletableFuture;
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
        String whole = chat(SERVER.key(), MODEL).chat(QUESTION);
        StringBuilder pieces = new StringBuilder();
        CompletableFuture<ChatResponse> complete = new CompletableFuture<>();
        OpenAiStreamingChatModel.builder().baseUrl(SERVER.baseUrl()).apiKey(SERVER.key()).modelName(MODEL).temperature(0.0)
                .maxTokens(24).build().chat(QUESTION, new StreamingChatResponseHandler() {
                    @Override
                    public void onPartialResponse(String piece) {
                        pieces.append(piece);
                    }

                    @Override
                    public void onCompleteResponse(ChatResponse response) {
                        complete.complete(response);
                    }

                    @Override
                    public void onError(Throwable error) {
                        complete.completeExceptionally(error);
                    }
                });
        ChatResponse response = complete.get(30, TimeUnit.SECONDS);
        assertFalse(whole.isEmpty());
        assertEquals(whole, response.aiMessage().text());
        assertEquals(whole, pieces.toString());
        assertTrue(response.tokenUsage().outputTokenCount() > 0);
    }

    @Test
    void errorsAreTyped() {
        assertThrows(AuthenticationException.class, () -> chat("mr-wrong", MODEL).chat(QUESTION));
        assertThrows(ModelNotFoundException.class, () -> chat(SERVER.key(), "no-such-model").chat(QUESTION));
    }

    private static OpenAiChatModel chat(String key, String model) {
        return OpenAiChatModel.builder().baseUrl(SERVER.baseUrl()).apiKey(key).modelName(model).temperature(0.0)
                .maxTokens(24).maxRetries(0).build();
    }

    private static List<ModelDescription> models() {
        return OpenAiModelCatalog.builder().baseUrl(SERVER.baseUrl()).apiKey(SERVER.key()).build().listModels();
    }
}
