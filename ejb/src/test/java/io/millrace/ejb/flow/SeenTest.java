package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.Test;

class SeenTest {

    @Test
    void isReadAsItIsWritten() {
        for (String text : List.of("-", "0", "12", "12.", "12.u", "-,-", "3,-,7.", "0.,0.u", "7r0", "7r34.,-,1r0u")) {
            assertEquals(text, Seen.of(text).orElseThrow().toString());
        }
    }

    @Test
    void readsNothingElse() {
        for (String text : List.of("", "u", "x", "1,", "-1", "1..", "1u,2", "9999999999", " 1", "1:2", "r1", "1r", "1r-", "1r2r3", "0" + ",0".repeat(16))) {
            assertTrue(Seen.of(text).isEmpty(), text);
        }
    }
}
