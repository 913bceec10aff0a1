package io.millrace.connector.http;

import io.millrace.connector.engine.Tokenizer.Turn;
import io.millrace.connector.remote.Prompt;
import io.millrace.connector.remote.RemoteCall;
import java.util.List;
import java.util.stream.Stream;

/**
 * Keeps what must not reach a log out of a server's words: servers quote the key that they refuse, and FastAPI quotes
 * the whole request. A quotation is found by its first characters.
 *
 * @param key   or null
 * @param texts of the prompt and of the answer so far
 */
record Discretion(String key, List<String> texts) {

    private static final int LONGEST_MESSAGE = 300;
    /** Shorter texts are words that a server may use by itself. */
    private static final int SHORTEST_QUOTE = 12;
    private static final int QUOTE = 24;

    static Discretion of(String key, RemoteCall call) {
        Stream<String> prompt = switch (call.prompt()) {
            case Prompt.Chat chat -> chat.turns().stream().map(Turn::content);
            case Prompt.Text text -> Stream.of(text.text());
            case Prompt.Tokens _ -> Stream.empty();
        };
        return new Discretion(key, Stream.concat(prompt, Stream.of(call.said())).filter(text -> text.length() >= SHORTEST_QUOTE).toList());
    }

    /** The message in one line, shortened. */
    String clean(String message) {
        if (texts.stream().anyMatch(text -> message.contains(text.substring(0, Math.min(QUOTE, text.length()))))) {
            return "(a message that quotes the request)";
        }
        String line = message.replaceAll("\\p{Cntrl}+", " ").strip();
        String safe = key == null ? line : line.replace(key, "(the key)");
        return safe.length() <= LONGEST_MESSAGE ? safe : safe.substring(0, LONGEST_MESSAGE - 1) + '…';
    }
}
