package io.millrace.ejb.intake;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.engine.Tokenizer.Turn;
import java.util.List;

/** Puts a prompt into the model's format and counts it. Costs one pass over the text; thread-safe. */
final class PromptTokens {

    /** Text this many times longer than the context is looked at in part first: no vocabulary is that dense on average. */
    private static final int CHARS_PER_TOKEN_BOUND = 8;

    private PromptTokens() {}

    /**
     * The prompt's tokens; where they surely exceed {@code most}, perhaps only the first of them, but more than
     * {@code most}.
     */
    static int[] of(Prompt prompt, Tokenizer tokenizer, int most) throws EngineException {
        return switch (prompt) {
            case Prompt.Chat chat -> encode(render(chat, tokenizer), tokenizer, most);
            case Prompt.Text text -> encode(text.text(), tokenizer, most);
            case Prompt.Tokens tokens -> tokens.tokens();
        };
    }

    /** A message that is carried on is the beginning of the answer: no template may close it. */
    private static String render(Prompt.Chat chat, Tokenizer tokenizer) throws EngineException {
        if (!chat.continueLast()) {
            return tokenizer.chat(chat.turns(), true);
        }
        List<Turn> before = chat.turns().subList(0, chat.turns().size() - 1);
        return tokenizer.chat(before, true) + chat.turns().getLast().content();
    }

    private static int[] encode(String text, Tokenizer tokenizer, int most) {
        long bound = (long) most * CHARS_PER_TOKEN_BOUND;
        if (text.length() > bound) {
            int[] beginning = tokenizer.encode(text.substring(0, (int) bound), true, true);
            if (beginning.length > most + 1) {
                return beginning;
            }
        }
        return tokenizer.encode(text, true, true);
    }
}
