package io.millrace.ejb.intake;

import io.millrace.connector.engine.Tokenizer.Turn;
import java.util.List;

/** What an answer goes on from. */
public sealed interface Prompt {

    /**
     * A chat, put into the model's own format.
     *
     * @param continueLast whether the last message is carried on instead of answered
     * @param thinks       whether a model that can shall think before it answers; null: as it likes
     */
    record Chat(List<Turn> turns, boolean continueLast, Boolean thinks) implements Prompt {
        public Chat {
            turns = List.copyOf(turns);
        }

        public Chat(List<Turn> turns, boolean continueLast) {
            this(turns, continueLast, null);
        }

        /** Beginning of the answer that the client gave. */
        String begun() {
            return continueLast ? turns.getLast().content() : "";
        }

        /** All messages that are over. */
        List<Turn> closed() {
            return continueLast ? turns.subList(0, turns.size() - 1) : turns;
        }
    }

    /** Plain text, read as it is. */
    record Text(String text) implements Prompt {}

    /** Tokens of the model's own vocabulary. */
    record Tokens(int[] tokens) implements Prompt {}
}
