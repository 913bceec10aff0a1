package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class ChunksTest {

    private static final int TILE = 64;

    @Test
    void aLongPromptGoesOnByWholeTiles() {
        assertEquals(64, Chunks.inTiles(0, 40, 4_000), "fewer take no less time");
        assertEquals(15, Chunks.inTiles(0, 15, 4_000), "there is no time for a whole one");
        assertEquals(64, Chunks.inTiles(0, 64, 4_000));
        assertEquals(64, Chunks.inTiles(0, 90, 4_000));
        assertEquals(128, Chunks.inTiles(0, 100, 4_000));
        assertEquals(32, Chunks.inTiles(32, 20, 4_000), "with what the step has already");
    }

    @Test
    void aShortPromptTakesWhatItIsGiven() {
        assertEquals(20, Chunks.inTiles(0, 20, 32));
        assertEquals(32, Chunks.inTiles(0, 30, 32), "two tokens are no step of their own");
        assertEquals(32, Chunks.inTiles(0, 32, 32));
        assertEquals(0, Chunks.inTiles(0, 0, 32), "no time is no time");
    }

    @Property
    void itIsAPartOfWhatThereIs(@ForAll @IntRange(max = 600) int before, @ForAll @IntRange(min = 1, max = 600) int limit,
                                @ForAll @IntRange(max = 600) int wanted) {
        int chunk = Math.min(wanted, limit);
        int given = Chunks.inTiles(before, chunk, limit);
        assertTrue(given <= limit && given < chunk + TILE && given > chunk - TILE);
        assertEquals(chunk > 0, given > 0, "a prompt that has its turn goes on");
    }
}
