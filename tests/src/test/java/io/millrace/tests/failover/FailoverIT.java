package io.millrace.tests.failover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** An upstream fails in the middle of answers, and their readers see nothing of it. */
class FailoverIT {

    private static final long SEED = Long.getLong("failover.seed", 20_261_124L);
    private static final double WORDS_PER_SECOND = 250;
    private static final int WORDS = 150;
    private static final int AT_ONCE = 6;
    private static final int HITS = 3;

    private static Pair pair;

    @BeforeAll
    static void start() throws IOException {
        System.out.println("failover.seed=" + SEED);
        pair = new Pair(WORDS_PER_SECOND, Map.of());
    }

    @AfterAll
    static void stop() {
        pair.close();
    }

    @ParameterizedTest
    @EnumSource
    void noReaderSeesThatItsUpstreamFailed(Ill ill) throws Exception {
        List<Trial> trials = drill(ill.ordinal()).run(ill, HITS);
        assertTrue(trials.stream().filter(Trial::hit).count() >= HITS, "too few were hit: " + trials);
        assertEquals(List.of(), trials.stream().filter(trial -> !trial.right()).toList());
        assertTrue(trials.stream().filter(Trial::hit).allMatch(Trial::resumed), "went on elsewhere: " + trials);
    }

    @Test
    void whereNobodyCanGoOnTheReaderSeesAnErrorAndNoCleanEnd() throws Exception {
        for (Told told : drill(Ill.values().length).nobodyLeft()) {
            assertNotNull(told.error(), told.toString());
            assertFalse(told.clean(), told.toString());
            assertFalse(told.done(), told.toString());
        }
    }

    private static Drill drill(int which) {
        return new Drill(pair, SEED + which, AT_ONCE, WORDS, WORDS_PER_SECOND);
    }
}
