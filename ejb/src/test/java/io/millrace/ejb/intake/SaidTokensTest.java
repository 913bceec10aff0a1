package io.millrace.ejb.intake;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.ThinkTags;
import io.millrace.ejb.flow.ThinkingTokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** With a vocabulary in which each byte is a token. */
class SaidTokensTest {

    private static final int VOCABULARY = 257;

    private final Tokenizer tokenizer = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();

    private static ThinkTags tags(Tokenizer of) {
        Answer answer = new Answer("call", 1, 1, 1, List.of(), of, new Flow(1, () -> { }, () -> { }), _ -> { });
        answer.tellThoughtsApart(ThinkTags.Apart.AUTO, "");
        return answer.tags(0, of);
    }

    private int[] bytes(String text) {
        return tokenizer.encode(text, false, false);
    }

    private int[] of(String said, int... ids) {
        return SaidTokens.of(said, "", ids, tokenizer, VOCABULARY, () -> tags(tokenizer));
    }

    @Test
    void keepsTokensThatMeanTheSameHere() {
        assertArrayEquals(bytes("said"), of("said", bytes("said")));
    }

    @Test
    void keepsTokensThatSayMoreThanTheirTextWhichWasHeldBack() {
        assertArrayEquals(bytes("said STO"), of("said ", bytes("said STO")));
        byte[] half = Arrays.copyOf("die Straße".getBytes(StandardCharsets.UTF_8), 9);
        int[] ids = IntStream.range(0, half.length).map(i -> half[i] & 0xFF).toArray();
        assertArrayEquals(ids, of("die Stra", ids));
    }

    @Test
    void makesItsOwnOfTheTextWhereTheTokensMeanSomethingElse() {
        assertArrayEquals(bytes("said"), of("said", bytes("othe")));
        assertArrayEquals(bytes("said"), of("said", bytes("sai")));
        assertArrayEquals(bytes("said"), of("said", 100_000));
        assertArrayEquals(bytes("said"), of("said", -1));
        assertArrayEquals(bytes("said"), SaidTokens.of("said", "", null, tokenizer, VOCABULARY, () -> tags(tokenizer)));
        assertArrayEquals(new int[0], SaidTokens.of("", "thought", null, tokenizer, VOCABULARY, () -> tags(tokenizer)));
        assertArrayEquals(bytes("said"), SaidTokens.of("said", "thought", null, tokenizer, VOCABULARY, () -> tags(tokenizer)), "it has no tags for thoughts");
    }

    @Test
    void putsWhatWasThoughtBeforeIt() {
        Tokenizer thinking = new ThinkingTokenizer();
        int[] all = thinking.encode("<think>\nhm\n</think>\n\nsaid", false, true);
        assertArrayEquals(all, SaidTokens.of("said", "hm", null, thinking, 2_000, () -> tags(thinking)));
        assertArrayEquals(all, SaidTokens.of("said", "hm", bytes("other"), thinking, 2_000, () -> tags(thinking)));
        int[] own = thinking.encode("<think>in its own words</think>said", false, true);
        int[] apart = thinking.encode("<think>x</think>said", false, false);
        assertArrayEquals(apart, SaidTokens.of("<think>x</think>sa", "", apart, thinking, 2_000, () -> tags(thinking)), "told as answer");
        assertArrayEquals(own, SaidTokens.of("said", "hm", own, thinking, 2_000, () -> tags(thinking)), "another Millrace told its tokens");
    }
}
