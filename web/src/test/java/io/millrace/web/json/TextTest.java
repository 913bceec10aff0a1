package io.millrace.web.json;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.node.IntNode;
import com.fasterxml.jackson.databind.node.TextNode;
import io.millrace.web.error.ApiError;
import java.nio.charset.StandardCharsets;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class TextTest {

    @Test
    void readsNulInWhatPeopleWriteAsTheReplacementCharacter() {
        assertEquals("a\ufffdb", Text.written(TextNode.valueOf("a\0b"), "x"));
    }

    @Test
    void refusesNulInNamesAndNamesThatAreTooLong() {
        assertThrows(ApiError.class, () -> Text.exact(TextNode.valueOf("a\0b"), "x", 10));
        assertThrows(ApiError.class, () -> Text.exact(TextNode.valueOf("abcd"), "x", 3));
        assertEquals("abc", Text.exact(TextNode.valueOf("abc"), "x", 3));
    }

    @Test
    void refusesHalfOfASurrogatePairAndNamesTheField() {
        for (String half : new String[] {"\ud800", "a\udc00", "\udc00\ud800", "\ud83d\ude00\ud83d"}) {
            assertEquals("x", assertThrows(ApiError.class, () -> Text.written(TextNode.valueOf(half), "x")).param());
        }
        assertEquals("\ud83d\ude00", Text.written(TextNode.valueOf("\ud83d\ude00"), "x"));
    }

    @Test
    void refusesWhatIsNoString() {
        assertEquals("invalid_type", assertThrows(ApiError.class, () -> Text.written(IntNode.valueOf(1), "x")).code());
    }

    @Property
    void makesEveryTextWritableAndLeavesGoodTextAsItIs(@ForAll String text) {
        String writable = Text.writable(text);
        assertEquals(writable, new String(writable.getBytes(StandardCharsets.UTF_8), StandardCharsets.UTF_8));
        assertSame(writable, Text.writable(writable));
        assertEquals(text.codePointCount(0, text.length()), writable.codePointCount(0, writable.length()));
    }
}
