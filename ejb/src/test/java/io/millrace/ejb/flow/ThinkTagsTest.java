package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.flow.ThinkTags.Apart;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ThinkTagsTest {

    private static final Tokenizer TOKENIZER = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();

    private static String read(ThinkTags tags, Iterable<String> pieces) {
        StringBuilder answer = new StringBuilder();
        StringBuilder thoughts = new StringBuilder();
        for (String piece : pieces) {
            answer.append(tags.add(piece));
            thoughts.append(tags.takeThoughts());
        }
        answer.append(tags.finish());
        return thoughts.append(tags.takeThoughts()) + "|" + answer;
    }

    /** However it is cut into pieces. */
    @ParameterizedTest
    @CsvSource(ignoreLeadingAndTrailingWhitespace = false, value = {
        "<think>a b</think>c,a b|c",
        "\\n<think>\\n a\\n\\nb \\n</think>\\n\\nc d\\n,a\\n\\nb|c d\\n",
        "<think>\\n\\n</think>\\n\\nc,|c",
        "<think></think>,|",
        "c <think>a</think>,|c <think>a</think>",
        " <thin air,| <thin air",
        "<,|<",
        " \\n,| \\n",
        "<think>a < b </thin> </think>c</think>,a < b </thin>|c</think>",
        "<think>a </thi,a </thi|",
        "<think>a </</think>b,a </|b",
        "</think>c,|</think>c"})
    void tellsThoughtsFromTheAnswer(String text, String expected) {
        String whole = text.replace("\\n", "\n");
        for (int seed = 0; seed < 200; seed++) {
            SplittableRandom random = new SplittableRandom(seed);
            List<String> pieces = new ArrayList<>();
            for (int at = 0; at < whole.length();) {
                int to = Math.min(whole.length(), at + 1 + random.nextInt(seed % 12 + 1));
                pieces.add(whole.substring(at, to));
                at = to;
            }
            assertEquals(expected.replace("\\n", "\n"), read(ThinkTags.of(TOKENIZER, Apart.ALWAYS, ""), pieces));
        }
    }

    /** All that isn't tag or white space around one is told, in order. */
    @Property
    void losesNothing(@ForAll long seed) {
        SplittableRandom random = new SplittableRandom(seed);
        String[] parts = {"<think>", "</think>", "<", "</", "think", ">", " ", "\n", "a", "漢"};
        List<String> pieces = new ArrayList<>();
        for (int i = random.nextInt(12); i >= 0; i--) {
            pieces.add(parts[random.nextInt(parts.length)]);
        }
        String all = String.join("", pieces);
        String told = read(ThinkTags.of(TOKENIZER, Apart.ALWAYS, ""), pieces);
        String tagless = all.stripLeading().startsWith("<think>") ? all.replaceFirst("<think>", "").replaceFirst("</think>", "") : all;
        assertEquals(tagless.replaceAll("\\s", ""), told.replaceFirst("\\|", "").replaceAll("\\s", ""));
    }

    /** Though its vocabulary hides them; in an answer that has begun they are not tags any more. */
    @Test
    void knowsTagsThatAreTokens() {
        Tokenizer tokenizer = new ThinkingTokenizer();
        ThinkTags tags = ThinkTags.of(tokenizer, Apart.AUTO, "");
        StringBuilder answer = new StringBuilder();
        for (int token : tokenizer.encode("<think>hm</think>Yes</think>.", false, true)) {
            answer.append(tags.add(new String(tags.bytes(token), StandardCharsets.UTF_8)));
        }
        assertEquals("hm|Yes.", tags.takeThoughts() + "|" + answer);
        assertEquals("Yes", ThinkTags.of(tokenizer, Apart.AUTO, "").answerIn(tokenizer.encode("<think>hm</think>\n\nYes", false, true)));
        assertArrayEquals(tokenizer.encode("<think>\nhm\n</think>\n\n", false, true), ThinkTags.of(tokenizer, Apart.AUTO, "").encode("hm"));
        assertEquals(0, ThinkTags.of(tokenizer, Apart.AUTO, "Sure, ").encode("hm").length, "nobody thinks in the middle of an answer");
        assertEquals(0, ThinkTags.of(tokenizer, Apart.NEVER, "").encode("hm").length);
        assertArrayEquals(tokenizer.encode("<think>\n\n</think>\n\n", false, true), ThinkTags.none(tokenizer));
    }

    @Test
    void aVocabularyWithoutTheTagsHasNone() {
        String text = "<think>a</think>b";
        ThinkTags none = ThinkTags.of(TOKENIZER, Apart.AUTO, "");
        assertEquals(text, none.answerIn(TOKENIZER.encode(text, false, false)));
        assertEquals(0, none.encode("hm").length);
        assertEquals(0, ThinkTags.none(TOKENIZER).length);
        assertEquals(text, ThinkTags.of(null, Apart.ALWAYS, "").add(text), "nor has text that comes without tokens");
    }

    /** What the client gave is not told to it again, nor taken for the beginning of a tag. */
    @ParameterizedTest
    @CsvSource(delimiter = '|', value = {"'<'|think>a|''|think>a", "' '|a|''|a", "'Sure '|<think>a|''|<think>a", "'<think>'|a</think>b|a|b",
        "'<think>I am '|asked.</think>b|asked.|b", "'<think>a</think>'|b|''|b"})
    void goesOnWithWhatTheClientGave(String begun, String text, String thoughts, String answer) {
        assertEquals(thoughts + "|" + answer, read(ThinkTags.of(TOKENIZER, Apart.ALWAYS, begun), List.of(text)));
    }
}
