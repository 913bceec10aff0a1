package io.millrace.connector.engine;

import java.util.List;

/** A model's vocabulary and chat format. Thread-safe; once the engine is closed, {@link IllegalStateException}. */
public interface Tokenizer {

    /** One message of a chat as the template sees it. */
    record Turn(String role, String content) {}

    /**
     * Text to tokens.
     *
     * @param text     any text; unpaired surrogates become U+FFFD
     * @param special  whether the model's own begin-of-sequence token is put in front where the model wants one
     * @param markers  whether the text of special tokens (such as {@code <|im_end|>}) is read as those tokens
     */
    int[] encode(String text, boolean special, boolean markers);

    /** Whether {@code encode} with {@code markers} would read a part of this text as a special token. */
    boolean hasMarkers(String text);

    /** The bytes that a token stands for; may be part of a UTF-8 sequence, and empty for control tokens. */
    byte[] bytes(int token);

    /** Whether the token ends a generation ({@code llama_vocab_is_eog}). */
    boolean endsGeneration(int token);

    /**
     * The chat as one prompt in the model's own format ({@code tokenizer.chat_template}), ready for
     * {@code encode(text, true, true)}. A model without a template gets the contents one after the other.
     *
     * @param openAnswer whether the prompt ends where the assistant's answer begins; false continues the last message
     * @throws EngineException with {@link EngineException.Code#TEMPLATE} when the model's template can't be applied
     */
    String chat(List<Turn> turns, boolean openAnswer) throws EngineException;

    /** Upper bound of the bytes that one token stands for; at least 1. */
    int longestTokenBytes();
}
