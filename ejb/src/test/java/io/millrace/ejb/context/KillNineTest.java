package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was told as kept is there after a kill -9 at any moment: all of it, once, and as it was said. */
class KillNineTest {

    private static final int KILLS = Integer.getInteger("millrace.kills", 8);

    @Test
    void aTurnThatIsKeptSurvives(@TempDir Path folder) throws Exception {
        Kills.Seen seen = new Kills(folder, 20_261_128).run(KILLS, 400);

        assertEquals(new Kills.Seen(KILLS, seen.kept(), 0, 0, 0), seen);
        assertTrue(seen.kept() > KILLS, seen + ": too few turns to say anything");
    }
}
