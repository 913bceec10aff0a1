package io.millrace.web.http;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.NullSource;
import org.junit.jupiter.params.provider.ValueSource;

class MediaTypesTest {

    @ParameterizedTest
    @NullSource
    @ValueSource(strings = {"application/json", "Application/JSON", "application/json; charset=utf-8", " application/json ;x=y"})
    void isJson(String type) {
        assertTrue(MediaTypes.isJson(type));
    }

    @ParameterizedTest
    @ValueSource(strings = {"text/plain", "", "application/jsonl", "json", "application/json\0", "application/json; charset=\0", "a;application/json"})
    void isNoJson(String type) {
        assertFalse(MediaTypes.isJson(type));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", " , ", "*/*", "application/json", "text/*", "Text/Event-Stream", "image/png, application/*;q=0.1",
            "application/json;q=0, */*;q=0.5", "text/event-stream;level=1"})
    void takesOneOfThem(String accept) {
        assertTrue(allows(accept));
    }

    @ParameterizedTest
    @ValueSource(strings = {"image/png", "application/json;q=0", "*/*; q=0.00", "text/plain, image/*", "application", "/*", "application/jso"})
    void takesNone(String accept) {
        assertFalse(allows(accept));
    }

    @Test
    void aClientThatSaysNothingTakesAll() {
        assertTrue(allows());
        assertTrue(allows("image/png", "application/json"), "the second line counts too");
    }

    private static boolean allows(String... lines) {
        return MediaTypes.allows(Collections.enumeration(List.of(lines)), List.of("application/json", "text/event-stream"));
    }
}
