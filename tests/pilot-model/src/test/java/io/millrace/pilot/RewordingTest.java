package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.pilot.Corpus.Language;
import java.util.HashSet;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class RewordingTest {

    @Test
    void saysTheSameInManyWays() {
        Rewording rewording = new Rewording(Language.EN);
        Random random = new Random(1);
        Set<String> ways = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            ways.add(rewording.of("how do I start the server", random));
        }
        assertTrue(ways.size() > 100, () -> "only " + ways.size());
        assertTrue(ways.stream().anyMatch(way -> way.contains("launch") || way.contains("boot")), "no synonym");
    }

    @Test
    void leavesNamesOfSettingsAlone() {
        for (Language language : Language.values()) {
            Rewording rewording = new Rewording(language);
            Random random = new Random(2);
            for (int i = 0; i < 300; i++) {
                String said = rewording.of("http.max-body", random);
                assertTrue(language == Language.ZH || said.contains("http.max-body"), said);
            }
        }
    }

    @Test
    void theSameSeedGivesTheSameWords() {
        Rewording rewording = new Rewording(Language.ZH);
        assertEquals(rewording.babble(new Random(3)), rewording.babble(new Random(3)));
        assertFalse(rewording.babble(new Random(4)).isBlank());
    }
}
