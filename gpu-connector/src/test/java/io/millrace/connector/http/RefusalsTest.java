package io.millrace.connector.http;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteException.Code;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class RefusalsTest {

    private static final Instant NOW = Instant.parse("2026-11-24T12:00:00Z");
    private static final Discretion NOTHING = new Discretion(null, List.of());

    @Test
    void waitsForSecondsOrUntilADate() {
        assertEquals(7, Refusals.retryAfterSeconds(" 7 ", NOW));
        assertEquals(90, Refusals.retryAfterSeconds("Tue, 24 Nov 2026 12:01:30 GMT", NOW));
        assertEquals(0, Refusals.retryAfterSeconds("Tue, 24 Nov 2026 11:00:00 GMT", NOW));
        assertEquals(86_400, Refusals.retryAfterSeconds("999999999", NOW));
        assertEquals(86_400, Refusals.retryAfterSeconds("Tue, 24 Nov 2099 12:01:30 GMT", NOW));
        assertEquals(0, Refusals.retryAfterSeconds("soon", NOW));
        assertEquals(0, Refusals.retryAfterSeconds("-3", NOW));
        assertEquals(0, Refusals.retryAfterSeconds(null, NOW));
    }

    /** As DeepSeek and OpenAI, vLLM, SGLang and llama.cpp say it. */
    @ParameterizedTest
    @ValueSource(strings = {
        "{\"error\":{\"message\":\"This model's maximum context length is 65536 tokens. However, you requested 74047 tokens\",\"code\":\"invalid_request_error\"}}",
        "{\"error\":{\"message\":\"m\",\"type\":\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
        "{\"object\":\"error\",\"message\":\"This model's maximum context length is 8192 tokens.\",\"type\":\"BadRequestError\",\"code\":400}",
        "{\"error\":{\"message\":\"The decoder prompt (length 9) is longer than the maximum model length of 8.\",\"type\":\"BadRequestError\",\"code\":400}}",
        "{\"object\":\"error\",\"message\":\"The input (9 tokens) is longer than the model's context length (8 tokens).\",\"code\":400}",
        "{\"error\":{\"code\":400,\"message\":\"request (9 tokens) exceeds the available context size (8 tokens)\",\"type\":\"exceed_context_size_error\"}}"})
    void knowsThatAPromptIsTooLong(String body) {
        RemoteException refused = Refusals.answered("s", 400, null, ErrorBody.parse(body), NOTHING, NOW);
        assertEquals(Code.CONTEXT_LENGTH, refused.code());
        assertEquals(Code.CONTEXT_LENGTH, Refusals.told("s", ErrorBody.parse(body), NOTHING).code());
    }

    @Test
    void aBusyServerThatSpeaksOfContextIsBusy() {
        ErrorBody body = ErrorBody.parse("{\"error\":{\"message\":\"too many requests of this context length\"}}");
        assertEquals(Code.REFUSED_BUSY, Refusals.answered("s", 429, null, body, NOTHING, NOW).code());
    }

    @Test
    void messagesAreOfOneShortLine() {
        String message = Refusals.answered("s", 400, null, new ErrorBody("a\r\nb" + "c".repeat(1000), "", ""), NOTHING, NOW).getMessage();
        assertTrue(message.startsWith("s answered 400: a bc") && message.length() < 330, message);
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "<html>", "[]", "7", "{\"error\":[1]}", "{\"error\":{\"message\":{\"a\":1},\"code\":null}}", "{"})
    void anyBodyIsUnderstoodSomehow(String body) {
        assertEquals(Code.INVALID, Refusals.answered("s", 400, null, ErrorBody.parse(body), NOTHING, NOW).code());
        Refusals.told("s", ErrorBody.parse(body), NOTHING);
    }
}
