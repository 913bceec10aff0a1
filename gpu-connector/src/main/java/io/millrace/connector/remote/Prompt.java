package io.millrace.connector.remote;

import io.millrace.connector.engine.Tokenizer;
import java.util.List;
import java.util.Objects;

/** What is asked. */
public sealed interface Prompt {

    /**
     * A chat, which the server brings into its model's format. Goes to {@code chat/completions}.
     *
     * @param thinks whether a model that can shall think before it answers; null: as it likes. Not sent to {@link Dialect#OPENAI}
     */
    record Chat(List<Tokenizer.Turn> turns, Boolean thinks) implements Prompt {
        public Chat(List<Tokenizer.Turn> turns) {
            this(turns, null);
        }

        public Chat {
            turns = List.copyOf(turns);
            if (turns.isEmpty()) {
                throw new IllegalArgumentException("a chat needs at least one turn");
            }
        }
    }

    /** A text as it is. Goes to {@code completions}. */
    record Text(String text) implements Prompt {
        public Text {
            Objects.requireNonNull(text, "text");
        }
    }

    /** Tokens of the server's own model; not copied. Goes to {@code completions}. */
    record Tokens(int[] tokens) implements Prompt {
        public Tokens {
            Objects.requireNonNull(tokens, "tokens");
        }
    }
}
