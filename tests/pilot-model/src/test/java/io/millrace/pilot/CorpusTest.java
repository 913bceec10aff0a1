package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.pilot.Corpus.Language;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class CorpusTest {

    private static final Path ROOT = Path.of(System.getProperty("millrace.root"));

    private final List<Corpus> corpora = Lessons.corpora();

    @Test
    void bothLanguagesKnowTheSameFactsAndEnoughOfThem() {
        List<Set<String>> ids = corpora.stream()
                .map(corpus -> corpus.facts().stream().map(Fact::id).collect(Collectors.toSet())).toList();
        assertEquals(ids.getFirst(), ids.getLast());
        assertTrue(ids.getFirst().size() >= 150, () -> "only " + ids.getFirst().size());
        corpora.forEach(corpus -> assertEquals(ids.getFirst().size(), corpus.facts().size(), "an id stands there twice"));
    }

    @Test
    void eachFactIsAskedForInManyWays() {
        for (Corpus corpus : corpora) {
            for (Fact fact : corpus.facts()) {
                Random random = new Random(1);
                Set<String> phrasings = new HashSet<>();
                for (int i = 0; i < 400; i++) {
                    String pattern = fact.questions().get(random.nextInt(fact.questions().size()));
                    phrasings.add(corpus.phrases().one(pattern, random));
                }
                assertTrue(phrasings.size() >= 5, () -> fact.id() + " in " + corpus.language() + ": " + phrasings);
            }
        }
    }

    /** A setting that came after the last training is not told of; what is told is true. */
    @Test
    void settingsAreThoseOfTheProduct() throws IOException {
        Properties defaults = new Properties();
        try (var in = Files.newBufferedReader(ROOT.resolve(
                "config/src/main/resources/io/millrace/config/millrace-defaults.properties"), StandardCharsets.UTF_8)) {
            defaults.load(in);
        }
        for (Settings.Setting setting : Settings.all()) {
            assertEquals(setting.preset().equals("-") ? "" : setting.preset(), defaults.getProperty(setting.name()),
                    setting.name());
        }
    }

    @Test
    void theSameSeedGivesTheSameTalks() {
        Talks one = new Talks(corpora, 3);
        Talks other = new Talks(corpora, 3);
        for (int i = 0; i < 500; i++) {
            assertEquals(one.next(), other.next());
        }
    }

    @Test
    void someTalksReferBack() {
        Corpus english = corpora.get(Language.EN.ordinal());
        Fact lowest = english.facts().stream().filter(fact -> fact.id().equals("p3")).findFirst().orElseThrow();
        Talks talks = new Talks(List.of(english), 4);
        boolean found = false;
        for (int i = 0; i < 50_000 && !found; i++) {
            List<Talks.Turn> turns = talks.next().turns();
            found = turns.size() > 1 && turns.getLast().answer().equals(lowest.answer())
                    && turns.getLast().question().toLowerCase(java.util.Locale.ROOT).contains("for the lowest");
        }
        assertTrue(found, "nobody asks \"and for the lowest?\"");
    }
}
