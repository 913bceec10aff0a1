package io.millrace.tests.clients;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.BadRequestException;
import com.openai.errors.NotFoundException;
import com.openai.models.conversations.Conversation;
import com.openai.models.conversations.ConversationCreateParams;
import com.openai.models.responses.EasyInputMessage;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import com.openai.models.responses.ResponseStreamEvent;
import com.openai.models.responses.WebSearchTool;
import io.millrace.tests.MillraceServer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;

/** Responses and conversations of OpenAI's own client, told to check each answer against the types of OpenAI's specification. */
class OpenAiJavaResponsesIT {

    private static final MillraceServer SERVER = MillraceServer.shared();
    private static final OpenAIClient CLIENT = OpenAIOkHttpClient.builder().baseUrl(SERVER.baseUrl()).apiKey(SERVER.key()).maxRetries(0)
            .responseValidation(true).build();
    private static final String MODEL = CLIENT.models().list().data().getFirst().id();

    @AfterAll
    static void close() {
        CLIENT.close();
    }

    @Test
    void aResponseIsRetrievedAndGoneOnFromUntilItIsDeleted() {
        Response first = CLIENT.responses().create(question("Tell me a story.").build());
        assertFalse(text(first).isEmpty());
        assertEquals(text(first), text(CLIENT.responses().retrieve(first.id())));
        Response next = CLIENT.responses().create(question("Go on.").previousResponseId(first.id()).build());
        assertEquals(first.id(), next.previousResponseId().orElseThrow());
        assertTrue(next.usage().orElseThrow().inputTokens() > first.usage().orElseThrow().inputTokens(), "the first turn is in its prompt");
        CLIENT.responses().delete(first.id());
        assertThrows(NotFoundException.class, () -> CLIENT.responses().retrieve(first.id()));
        assertThrows(BadRequestException.class, () -> CLIENT.responses().create(question("Go on.").previousResponseId(first.id()).build()));
    }

    @Test
    void aStreamSaysWhatAWholeResponseSays() {
        Response whole = CLIENT.responses().create(question("Tell me a story.").build());
        StringBuilder streamed = new StringBuilder();
        List<Response> last = new ArrayList<>();
        try (StreamResponse<ResponseStreamEvent> events = CLIENT.responses().createStreaming(question("Tell me a story.").build())) {
            events.stream().forEach(event -> {
                event.outputTextDelta().ifPresent(delta -> streamed.append(delta.delta()));
                event.completed().ifPresent(completed -> last.add(completed.response()));
                event.incomplete().ifPresent(incomplete -> last.add(incomplete.response()));
            });
        }
        assertEquals(text(whole), streamed.toString());
        assertEquals(1, last.size());
        assertEquals(text(whole), text(last.getFirst()));
        assertEquals(whole.status(), last.getFirst().status());
        assertEquals(text(whole), text(CLIENT.responses().retrieve(last.getFirst().id())));
    }

    @Test
    void aConversationListsWhatWasSaidInIt() {
        Conversation conversation = CLIENT.conversations().create(ConversationCreateParams.builder()
                .addItem(EasyInputMessage.builder().role(EasyInputMessage.Role.USER).content("Hello!").build()).build());
        assertEquals(conversation.id(), CLIENT.conversations().retrieve(conversation.id()).id());
        Response turn = CLIENT.responses().create(question("Who are you?").conversation(conversation.id()).build());
        assertEquals(conversation.id(), turn.conversation().orElseThrow().id());
        List<String> roles = new ArrayList<>();
        CLIENT.conversations().items().list(conversation.id()).autoPager()
                .forEach(item -> roles.add(item.message().orElseThrow().role().toString()));
        assertEquals(List.of("assistant", "user", "user"), roles);
        assertTrue(CLIENT.conversations().delete(conversation.id()).deleted());
        assertThrows(NotFoundException.class, () -> CLIENT.conversations().items().list(conversation.id()));
        assertThrows(NotFoundException.class, () -> CLIENT.responses().retrieve(turn.id()));
    }

    @Test
    void whatIsNotSupportedIsATypedError() {
        BadRequestException refused = assertThrows(BadRequestException.class, () -> CLIENT.responses().create(question("Search.")
                .addTool(WebSearchTool.builder().type(WebSearchTool.Type.WEB_SEARCH).build()).build()));
        assertEquals("unsupported_parameter", refused.code().orElseThrow());
    }

    private static ResponseCreateParams.Builder question(String text) {
        return ResponseCreateParams.builder().model(MODEL).input(text).temperature(0.0).maxOutputTokens(16);
    }

    private static String text(Response response) {
        return response.output().getFirst().asMessage().content().getFirst().asOutputText().text();
    }
}
