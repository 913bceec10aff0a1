package io.millrace.web.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.web.error.ApiError;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonTest {

    @ParameterizedTest
    @ValueSource(strings = {"", " ", "null", "42", "[]", "\"x\"", "{", "{\"a\":}", "{\"a\":1}}", "{\"a\":1} {}", "{\"a\":NaN}",
        "{\"a\":01}", "{'a':1}", "{\"a\":1,}", "{\"a\":\"\n\"}", "{\"a\":1,\"a\":2}", "{\"a\":1,\"\\u0061\":2}", "this is not json{{{"})
    void refusesWhatIsNotOneJsonObject(String body) {
        ApiError error = refused(body.getBytes(StandardCharsets.UTF_8));
        assertEquals("invalid_json", error.code());
    }

    @Test
    void tellsWhereTheJsonBreaks() {
        assertTrue(refused("{\n  \"a\" 1}".getBytes(StandardCharsets.UTF_8)).getMessage().contains("(line 2, column 7)"));
    }

    @Test
    void readsUtf8AloneAndTellsWhichByteIsNot() {
        assertTrue(refused(new byte[] {'{', '"', (byte) 0xc0, (byte) 0x80}).getMessage().contains("byte 2"));
        refused("{\"a\":1}".getBytes(StandardCharsets.UTF_16));
        refused("{\"a\":1}".getBytes(Charset.forName("UTF-32LE")));
        assertEquals(1, Json.object("\ufeff{\"a\":1}".getBytes(StandardCharsets.UTF_8)).get("a").intValue());
    }

    @Test
    void refusesWhatIsNestedTooDeeplyWithoutAdviceOnTheParser() {
        String deepest = "{\"a\":" + "[".repeat(Json.DEEPEST - 1) + "]".repeat(Json.DEEPEST - 1) + "}";
        assertEquals(1, Json.object(deepest.getBytes(StandardCharsets.UTF_8)).size());
        String message = refused("{\"a\":".repeat(100_000).getBytes(StandardCharsets.UTF_8)).getMessage();
        assertTrue(message.contains("maximum allowed (" + Json.DEEPEST + ")") && !message.contains("StreamReadConstraints"), message);
    }

    @Property
    void answersAnyBytesWithAnObjectOrARefusal(@ForAll byte[] body) {
        try {
            Json.object(body);
        } catch (ApiError e) {
            assertEquals(400, e.status());
        }
    }

    @Property
    void readsBackEveryTextThatItWrites(@ForAll String text) {
        String writable = Text.writable(text);
        byte[] json = Json.bytes(out -> {
            out.writeStartObject();
            out.writeStringField("text", writable);
            out.writeEndObject();
        });
        assertEquals(writable, Json.object(json).get("text").textValue());
    }

    private static ApiError refused(byte[] body) {
        ApiError error = assertThrows(ApiError.class, () -> Json.object(body));
        assertEquals(400, error.status());
        return error;
    }
}
