package io.millrace.web.responses;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.context.Paper;
import io.millrace.ejb.intake.Prompt;
import io.millrace.ejb.lane.Lane;
import io.millrace.web.error.ApiError;
import io.millrace.web.http.Requests;
import io.millrace.web.json.Json;
import io.millrace.web.openai.Wishes;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class ResponseReaderTest {

    private static final Paper STORED = new Paper("resp_1", "conv_1", "msg_1", true, 0, new byte[0]);
    private static final int MOST_MESSAGES = 5;

    @Test
    void aTextIsAUsersMessageInANewConversation() {
        ResponseReader reader = reader("{\"input\":\"hi\"}", Map.of());
        var request = reader.read().request();
        assertEquals(new Prompt.Chat(List.of(new Turn("user", "hi")), false), request.prompt());
        assertEquals(new ConversationAsk(null, false, null, false, true), request.conversation());
        assertEquals("/v1/responses", request.endpoint());
        assertEquals(0, request.maxTokens());
        assertEquals(Lane.P1, request.lane());
        assertTrue(reader.wanted().store());
        assertNull(reader.wanted().conversation());
    }

    @Test
    void readsEveryField() {
        ResponseReader reader = reader("""
                {"model":"m","input":[{"role":"developer","content":"kind"},{"role":"user","content":[{"type":"input_text","text":"hi"}]}],
                "instructions":"brief","stream":true,"max_output_tokens":9,"temperature":0.5,"top_p":0.25,"metadata":{"a":"b"},
                "conversation":{"id":"mine"},"text":{"format":{"type":"json_object"},"verbosity":"low"},"safety_identifier":"s",
                "service_tier":"flex","truncation":"auto","tools":[],"tool_choice":"auto","include":["reasoning.encrypted_content"],
                "reasoning":{"effort":"low"},"seed":7}""", Map.of("x-conversation-busy", "refuse"));
        var question = reader.read();
        var request = question.request();
        assertEquals(new Prompt.Chat(List.of(new Turn("system", "brief"), new Turn("system", "kind"), new Turn("user", "hi")), false), request.prompt());
        assertEquals(new ConversationAsk("mine", true, null, true, true), request.conversation());
        assertTrue(question.stream());
        assertEquals(9, request.maxTokens());
        assertEquals(0.5f, request.sampling().temperature());
        assertEquals(0.25f, request.sampling().topP());
        assertEquals(7, request.sampling().seed());
        assertTrue(request.json());
        assertEquals("s", request.user());
        assertEquals(Lane.P2, request.lane());
        assertEquals(new Wanted(true, "brief", Map.of("a", "b"), null, "mine", 9, 0.5f, 0.25f, true, null, "s", "flex"), reader.wanted());
    }

    @Test
    void goesOnFromAStoredResponse() {
        ResponseReader reader = reader("{\"input\":\"hi\",\"previous_response_id\":\"resp_1\"}", Map.of());
        assertEquals(new ConversationAsk("conv_1", false, "msg_1", false, true), reader.read().request().conversation());
        assertEquals(STORED, reader.wanted().previous());
        ApiError unknown = assertThrows(ApiError.class, () -> reader("{\"input\":\"hi\",\"previous_response_id\":\"resp_2\"}", Map.of()));
        assertEquals("previous_response_not_found", unknown.code());
        assertEquals(400, unknown.status());
    }

    @Test
    void withoutStoreNothingIsKept() {
        assertNull(reader("{\"input\":\"hi\",\"store\":false}", Map.of()).read().request().conversation());
        assertFalse(reader("{\"input\":\"hi\",\"store\":false,\"conversation\":\"mine\"}", Map.of()).read().request().conversation().keeps());
        assertFalse(reader("{\"input\":\"hi\",\"store\":false,\"previous_response_id\":\"resp_1\"}", Map.of()).read().request().conversation().keeps());
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {
        "{\"input\":\"a\",\"tools\":[{\"type\":\"web_search\"}]}                           | tools",
        "{\"input\":\"a\",\"tool_choice\":\"required\"}                                    | tool_choice",
        "{\"input\":\"a\",\"background\":true}                                             | background",
        "{\"input\":\"a\",\"prompt\":{\"id\":\"p\"}}                                       | prompt",
        "{\"input\":\"a\",\"n\":2}                                                         | n",
        "{\"input\":\"a\",\"top_logprobs\":2}                                              | top_logprobs",
        "{\"input\":\"a\",\"include\":[\"message.output_text.logprobs\"]}                  | include",
        "{\"input\":\"a\",\"instructions\":[]}                                             | instructions",
        "{\"input\":\"a\",\"text\":{\"format\":{\"type\":\"json_schema\"}}}                | text.format.type",
        "{\"input\":[{\"role\":\"user\",\"content\":[{\"type\":\"input_image\"}]}]}        | input[0].content[0].type",
        "{\"input\":[{\"type\":\"item_reference\",\"id\":\"msg_1\"}]}                      | input[0].type"})
    void saysWhatIsNotSupported(String body, String param) {
        ApiError error = assertThrows(ApiError.class, () -> reader(body, Map.of()).read());
        assertEquals("unsupported_parameter", error.code());
        assertEquals(param, error.param());
    }

    @ParameterizedTest
    @ValueSource(strings = {"{}", "{\"input\":7}", "{\"input\":[]}", "{\"input\":\"a\",\"store\":\"yes\"}", "{\"input\":\"a\",\"max_output_tokens\":0}",
        "{\"input\":\"a\",\"conversation\":\"a b\"}", "{\"input\":\"a\",\"conversation\":\"c\",\"previous_response_id\":\"resp_1\"}",
        "{\"input\":\"a\",\"metadata\":{\"a\":1}}", "{\"input\":\"a\",\"text\":{\"format\":{}}}", "{\"input\":\"a\",\"temperature\":3}"})
    void refusesWhatCannotBe(String body) {
        assertEquals(400, assertThrows(ApiError.class, () -> {
            ResponseReader reader = reader(body, Map.of());
            reader.read();
            reader.wanted();
        }).status());
    }

    @Test
    void takesAsManyMessagesAsAChat() {
        String one = "{\"role\":\"user\",\"content\":\"a\"}";
        assertEquals("input", assertThrows(ApiError.class,
                () -> reader("{\"input\":[" + (one + ",").repeat(MOST_MESSAGES) + one + "]}", Map.of()).read()).param());
    }

    private static ResponseReader reader(String body, Map<String, String> headers) {
        return new ResponseReader(Json.object(body.getBytes(StandardCharsets.UTF_8)), new Caller("k", "n", Lane.P0),
                Wishes.of(Requests.withHeaders(headers)), MOST_MESSAGES, id -> Optional.of(STORED).filter(paper -> paper.id().equals(id)));
    }
}
