package io.millrace.ejb.intake;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import java.nio.charset.StandardCharsets;
import io.millrace.ejb.flow.ThinkTags;
import io.millrace.ejb.flow.ThinkingTokenizer;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;

class PromptTokensTest {

    private static final int MOST = 100;

    private final Tokenizer tokenizer = new SimulatedEngine(1, 256, 16, Faults.none()).tokenizer();

    @Test
    void aMessageThatIsCarriedOnEndsThePrompt() throws EngineException {
        Prompt.Chat chat = new Prompt.Chat(List.of(new Turn("user", "question"), new Turn("assistant", "The answer i")), true);
        String prompt = text(PromptTokens.of(chat, tokenizer, MOST));
        assertTrue(prompt.startsWith("question"), prompt);
        assertTrue(prompt.endsWith("The answer i"), prompt);
    }

    /** Its thoughts are there already, and empty; a text that only speaks of tags opens none. */
    @Test
    void whoShallNotThinkBeginsAfterThinking() throws EngineException {
        Tokenizer thinking = new ThinkingTokenizer();
        List<Turn> turns = List.of(new Turn("user", "question"));
        int[] prompt = PromptTokens.of(new Prompt.Chat(turns, false), thinking, MOST);
        int[] without = PromptTokens.of(new Prompt.Chat(turns, false, false), thinking, MOST);
        assertArrayEquals(prompt, PromptTokens.of(new Prompt.Chat(turns, false, true), thinking, MOST));
        assertArrayEquals(prompt, Arrays.copyOf(without, prompt.length));
        assertArrayEquals(ThinkTags.none(thinking), Arrays.copyOfRange(without, prompt.length, without.length));
        assertArrayEquals(PromptTokens.of(new Prompt.Chat(turns, false), tokenizer, MOST),
                PromptTokens.of(new Prompt.Chat(turns, false, false), tokenizer, MOST), "a model that can't think");
    }

    @Test
    void textWithinTheContextIsCountedExactly() throws EngineException {
        assertEquals(7, PromptTokens.of(new Prompt.Text("seven ."), tokenizer, MOST).length);
    }

    @Test
    void textThatIsSurelyTooLongIsNotTokenisedToItsEnd() throws EngineException {
        int[] tokens = PromptTokens.of(new Prompt.Text("x".repeat(1_000_000)), tokenizer, MOST);
        assertTrue(tokens.length > MOST && tokens.length < 1_000_000, "tokens: " + tokens.length);
    }

    @Test
    void tokensAreTakenAsTheyAre() throws EngineException {
        int[] tokens = {1, 2, 3};
        assertArrayEquals(tokens, PromptTokens.of(new Prompt.Tokens(tokens), tokenizer, MOST));
    }

    private static String text(int[] tokens) {
        byte[] bytes = new byte[tokens.length];
        for (int i = 0; i < bytes.length; i++) {
            bytes[i] = (byte) tokens[i];
        }
        return new String(bytes, StandardCharsets.UTF_8);
    }
}
