package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.HashSet;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;

class PhrasesTest {

    private final Phrases phrases = new Phrases(Map.of("it", "(the server|it)"));

    @Test
    void givesEachPhraseOfAPattern() {
        Random random = new Random(1);
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            all.add(phrases.one("(start|stop) {it} [now]", random));
        }
        assertEquals(Set.of("start it", "stop it", "start the server", "stop the server", "start it now",
                "stop it now", "start the server now", "stop the server now"), all);
    }

    @Test
    void bracketsNest() {
        Random random = new Random(1);
        Set<String> all = new HashSet<>();
        for (int i = 0; i < 200; i++) {
            all.add(phrases.one("(a [b|c]|d)", random));
        }
        assertEquals(Set.of("a", "a b", "a c", "d"), all);
    }

    @Test
    void refusesAnOpenBracketAndAnUnknownName() {
        assertTrue(assertThrows(IllegalArgumentException.class, () -> phrases.one("(a|b", new Random(1)))
                .getMessage().contains("bracket"));
        assertTrue(assertThrows(IllegalArgumentException.class, () -> phrases.one("{what}", new Random(1)))
                .getMessage().contains("what"));
    }
}
