package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNull;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
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
            assertEquals(expected.replace("\\n", "\n"), read(ThinkTags.of(TOKENIZER, true), pieces));
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
        String told = read(ThinkTags.of(TOKENIZER, true), pieces);
        String tagless = all.stripLeading().startsWith("<think>") ? all.replaceFirst("<think>", "").replaceFirst("</think>", "") : all;
        assertEquals(tagless.replaceAll("\\s", ""), told.replaceFirst("\\|", "").replaceAll("\\s", ""));
    }

    /** Though its vocabulary hides them; in an answer that has begun they are not tags any more. */
    @Test
    void knowsTagsThatAreTokens() {
        Tokenizer tokenizer = new ThinkingTokenizer();
        ThinkTags tags = ThinkTags.of(tokenizer, false);
        StringBuilder answer = new StringBuilder();
        for (int token : tokenizer.encode("<think>hm</think>Yes</think>.", false, true)) {
            answer.append(tags.add(new String(tags.bytes(token), StandardCharsets.UTF_8)));
        }
        assertEquals("hm|Yes.", tags.takeThoughts() + "|" + answer);
        assertEquals("Yes", ThinkTags.answerIn(tokenizer.encode("<think>hm</think>\n\nYes", false, true), tokenizer));
        assertArrayEquals(tokenizer.encode("<think>\nhm\n</think>", false, true), ThinkTags.encode("hm", tokenizer));
        assertArrayEquals(tokenizer.encode("<think>\n\n</think>\n\n", false, true), ThinkTags.none(tokenizer));
    }

    @Test
    void aVocabularyWithoutTheTagsHasNone() {
        assertNull(ThinkTags.of(TOKENIZER, false));
        assertEquals(0, ThinkTags.encode("hm", TOKENIZER).length);
        assertEquals(0, ThinkTags.none(TOKENIZER).length);
        assertEquals("<think>a</think>b", ThinkTags.answerIn(TOKENIZER.encode("<think>a</think>b", false, false), TOKENIZER));
    }
}
