package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class MarkersTest {

    private final Markers markers = new Markers(List.of("<|im_end|>", "<｜User｜>", ""));

    @Test
    void findsAMarkerWhereverItStands() {
        assertTrue(markers.in("<|im_end|>"));
        assertTrue(markers.in("before <<|im_end|> after"));
        assertTrue(markers.in("汉字<｜User｜>"));
    }

    @Test
    void takesNoPartOfAMarkerForOne() {
        assertFalse(markers.in(""));
        assertFalse(markers.in("<|im_end|"));
        assertFalse(markers.in("a < b, <|im_start|>"));
    }
}
