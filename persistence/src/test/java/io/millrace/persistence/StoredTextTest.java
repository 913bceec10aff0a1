package io.millrace.persistence;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.CharBuffer;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.CharRange;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class StoredTextTest {
    @Test
    void replacesWhatPostgresRefuses() {
        assertEquals("a\uFFFDb", StoredText.fit("a\0b", 10));
        assertEquals("\uFFFDx\uFFFD", StoredText.fit("\uDC00x\uD800", 10));
    }

    @Test
    void cutsByCharacterAndNeverThroughOne() {
        assertEquals("\uD83D\uDE00\uD83D\uDE00", StoredText.fit("\uD83D\uDE00\uD83D\uDE00\uD83D\uDE00", 2));
        assertEquals("", StoredText.fit("abc", 0));
        assertNull(StoredText.fit(null, 5));
    }

    @Property
    void theResultFitsIsEncodableAndStaysAsItIs(
            @ForAll @StringLength(max = 40) @CharRange(from = '\0', to = '\uFFFF') String text,
            @ForAll @IntRange(max = 50) int most) throws CharacterCodingException {
        String fitted = StoredText.fit(text, most);

        StandardCharsets.UTF_8.newEncoder().encode(CharBuffer.wrap(fitted));
        assertTrue(fitted.indexOf('\0') < 0);
        assertTrue(fitted.codePointCount(0, fitted.length()) <= most);
        assertEquals(fitted, StoredText.fit(fitted, most));
    }
}
