package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.flow.Thoughts;
import java.util.Arrays;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

class SaidTest {

    @Property
    void keepsEveryWordAndToken(@ForAll List<int[]> pieces) {
        Said said = new Said("", new Thoughts());
        StringBuilder text = new StringBuilder();
        int[] ids = {};
        for (int[] piece : pieces) {
            said.add("p" + piece.length, piece, piece.length);
            text.append("p").append(piece.length);
            int before = ids.length;
            ids = Arrays.copyOf(ids, before + piece.length);
            System.arraycopy(piece, 0, ids, before, piece.length);
        }
        assertEquals(text.toString(), said.all());
        assertEquals(ids.length, said.tokens());
        if (ids.length == 0) {
            assertNull(said.tokenIds());
        } else {
            assertArrayEquals(ids, said.tokenIds());
        }
    }

    @Test
    void knowsNoTokensWhereOneIsUnknown() {
        Said said = new Said("", new Thoughts());
        said.add("a", new int[] {1}, 1);
        said.add("b", null, 1);
        said.add("c", new int[] {3}, 1);
        assertNull(said.tokenIds());
        assertEquals(3, said.tokens());
        assertEquals("abc", said.all());
    }

    @Test
    void knowsNoTokensOfWhatTheClientBegan() {
        Said said = new Said("Sure, ", new Thoughts());
        assertTrue(said.isEmpty());
        said.add("here", new int[] {1}, 1);
        assertNull(said.tokenIds());
        assertEquals("Sure, here", said.all());
        assertEquals("here", said.ofAnswer());
    }

    @Test
    void believesARegionThatHasCountedMore() {
        Said said = new Said("", new Thoughts());
        said.add("two words", null, 1);
        said.atLeast(2);
        said.atLeast(1);
        assertEquals(2, said.tokens());
    }
}
