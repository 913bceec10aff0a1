package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class Utf8PiecesTest {

    @Property
    void anyTextInAnyPiecesComesOutWhole(@ForAll String text, @ForAll @IntRange(min = 1, max = 7) int piece) {
        byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
        assertEquals(new String(bytes, StandardCharsets.UTF_8), inPieces(bytes, piece));
    }

    @Property
    void anyBytesInAnyPiecesDecodeAsTheyDoAtOnce(@ForAll byte[] bytes, @ForAll @IntRange(min = 1, max = 7) int piece) {
        assertEquals(new String(bytes, StandardCharsets.UTF_8), inPieces(bytes, piece));
    }

    @Test
    void holdsACharacterBackUntilItIsWhole() {
        Utf8Pieces pieces = new Utf8Pieces();
        byte[] bytes = "语😀".getBytes(StandardCharsets.UTF_8);
        assertEquals("", pieces.add(Arrays.copyOfRange(bytes, 0, 2)));
        assertEquals("语", pieces.add(Arrays.copyOfRange(bytes, 2, 5)));
        assertEquals("", pieces.add(Arrays.copyOfRange(bytes, 5, 6)));
        assertEquals("😀", pieces.add(Arrays.copyOfRange(bytes, 6, 7)));
    }

    private static String inPieces(byte[] bytes, int piece) {
        Utf8Pieces pieces = new Utf8Pieces();
        StringBuilder text = new StringBuilder();
        for (int at = 0; at < bytes.length; at += piece) {
            text.append(pieces.add(Arrays.copyOfRange(bytes, at, Math.min(bytes.length, at + piece))));
        }
        return text.append(pieces.finish()).toString();
    }
}
