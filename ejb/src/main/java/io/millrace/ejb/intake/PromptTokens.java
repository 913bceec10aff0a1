package io.millrace.ejb.intake;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.ThinkTags;
import java.util.List;
import java.util.stream.IntStream;

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
            case Prompt.Chat chat -> chat(chat, tokenizer, most);
            case Prompt.Text text -> encode(text.text(), tokenizer, true, most);
            case Prompt.Tokens tokens -> tokens.tokens();
        };
    }

    private static int[] chat(Prompt.Chat chat, Tokenizer tokenizer, int most) throws EngineException {
        int[] prompt = said(chat, tokenizer, most);
        return !chat.begun().isEmpty() || !Boolean.FALSE.equals(chat.thinks()) ? prompt : join(prompt, ThinkTags.none(tokenizer));
    }

    /** A message that is carried on is the beginning of the answer: no template may close it. */
    private static int[] said(Prompt.Chat chat, Tokenizer tokenizer, int most) throws EngineException {
        List<Turn> closed = chat.closed();
        String begun = chat.begun();
        if (chat.turns().stream().anyMatch(turn -> tokenizer.hasMarkers(turn.content()))) {
            return join(GuardedChat.encode(closed, tokenizer, most), encode(begun, tokenizer, false, most));
        }
        return encode(tokenizer.chat(closed, true) + begun, tokenizer, true, most);
    }

    static int[] join(int[] first, int[] second) {
        return IntStream.concat(IntStream.of(first), IntStream.of(second)).toArray();
    }

    /** @param trusted whether the text may speak the model's own markers, and begins the prompt */
    static int[] encode(String text, Tokenizer tokenizer, boolean trusted, int most) {
        long bound = (long) most * CHARS_PER_TOKEN_BOUND;
        if (text.length() > bound) {
            int[] beginning = tokenizer.encode(text.substring(0, (int) bound), trusted, trusted);
            if (beginning.length > most + 1) {
                return beginning;
            }
        }
        return tokenizer.encode(text, trusted, trusted);
    }
}
