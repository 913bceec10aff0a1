package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.pilot.Corpus.Language;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** The examination is one: its questions are not in the training text, nor are others almost like them. */
class HeldOutTest {

    /** Share of words (or of pairs of Chinese characters) in common from which two questions count as the same. */
    private static final double ALIKE = 0.8;

    /** About as many dialogues as training goes through. */
    private static final int TALKS = 64_000;

    private final List<Question> heldOut = Question.heldOut();

    @Test
    void hasEnoughQuestionsInBothLanguages() {
        assertTrue(heldOut.size() >= 80, () -> "only " + heldOut.size());
        for (Language language : Language.values()) {
            long count = heldOut.stream().filter(question -> question.language() == language).count();
            assertTrue(count >= 35, () -> language + ": " + count);
        }
        assertEquals(heldOut.size(), new HashSet<>(heldOut).size(), "one stands there twice");
    }

    @Test
    void noQuestionIsAlmostLikeOneOfTheTraining() {
        List<Set<String>> wanted = heldOut.stream().map(question -> parts(question.turns().getLast())).toList();
        Talks talks = new Talks(Lessons.corpora(), 99);
        Set<Set<String>> seen = new HashSet<>();
        for (int i = 0; i < TALKS; i++) {
            talks.next().turns().forEach(turn -> seen.add(parts(turn.question())));
        }
        for (int i = 0; i < wanted.size(); i++) {
            Question question = heldOut.get(i);
            Set<String> parts = wanted.get(i);
            seen.forEach(other -> assertTrue(alike(parts, other) < ALIKE,
                    () -> "\"" + question.asked() + "\" is too much like " + other));
        }
    }

    @Test
    void noticesADuplicateInOtherWords() {
        assertTrue(alike(parts("How do I start the server?"), parts("how do i START the server")) >= ALIKE);
        assertTrue(alike(parts("怎么启动服务器？"), parts("怎么启动服务器")) >= ALIKE);
        assertTrue(alike(parts("How do I start it?"), parts("What is the port?")) < ALIKE);
    }

    /** Words without case and marks; a run of Chinese characters gives its pairs. */
    private static Set<String> parts(String text) {
        Set<String> parts = new HashSet<>();
        for (String word : text.toLowerCase(Locale.ROOT).split("[^\\p{L}\\p{N}_./-]+")) {
            String bare = word.replaceAll("^[./-]+|[./-]+$", "");
            String chinese = bare.replaceAll("[^\\p{IsHan}]", "");
            for (int i = 0; i + 1 < chinese.length(); i++) {
                parts.add(chinese.substring(i, i + 2));
            }
            for (String latin : bare.split("\\p{IsHan}+")) {
                parts.add(latin);
            }
        }
        parts.remove("");
        return parts;
    }

    private static double alike(Set<String> a, Set<String> b) {
        int common = 0;
        for (String part : a) {
            common += b.contains(part) ? 1 : 0;
        }
        return common == 0 ? 0 : (double) common / (a.size() + b.size() - common);
    }
}
