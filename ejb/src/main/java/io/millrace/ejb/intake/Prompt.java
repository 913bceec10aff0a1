package io.millrace.ejb.intake;

import io.millrace.connector.engine.Tokenizer.Turn;
import java.util.List;

/** What an answer goes on from. */
public sealed interface Prompt {

    /** A chat, put into the model's own format; with {@code continueLast} the last message is carried on instead of answered. */
    record Chat(List<Turn> turns, boolean continueLast) implements Prompt {
        public Chat {
            turns = List.copyOf(turns);
        }
    }

    /** Plain text, read as it is. */
    record Text(String text) implements Prompt {}

    /** Tokens of the model's own vocabulary. */
    record Tokens(int[] tokens) implements Prompt {}
}
