package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Prompt.Chat;
import io.millrace.connector.remote.Prompt.Text;
import io.millrace.connector.remote.Prompt.Tokens;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.region.Ask;
import java.util.stream.IntStream;

/** A request in the words of the regions. No state. */
final class Asks {

    /** Of a template, around a message. */
    private static final int TOKENS_A_TURN = 16;
    private static final int BYTES_A_TOKEN = 4;
    /** The beginning of the sequence, and the blank that some vocabularies put before a text. */
    private static final int BEFORE_A_TEXT = 2;
    /** What an answer costs against a prompt, and how long one is expected to be before it is known. */
    private static final int LIKELY_ANSWER = 2 * 256;

    private Asks() {}

    static Ask of(GenerationRequest request, Arrival arrival, Configuration settings) {
        String begun = request.prompt() instanceof Prompt.Chat chat ? chat.begun() : "";
        int wanted = request.maxTokens() > 0 ? request.maxTokens() : settings.request().defaultMaxTokens();
        Origin origin = Successor.origin(request);
        return new Ask(request.model(), switch (request.prompt()) {
            case Prompt.Chat chat -> new Chat(chat.closed(), chat.thinks());
            case Prompt.Text text -> new Text(text.text());
            case Prompt.Tokens tokens -> new Tokens(tokens.tokens());
        }, begun, IntStream.range(0, request.choices()).mapToObj(choice -> sampling(request, choice)).toList(),
                Math.min(wanted, settings.request().maxTokens()), request.stop(), request.json(), request.user(), request.lane(),
                origin.tenant(), origin.space(), likelyTokens(request.prompt()) + LIKELY_ANSWER,
                arrival.deadlineNanos(settings.lanes().deadline()));
    }

    /** A server that is asked for JSON has a grammar of its own for it, and takes no other. */
    private static Sampling sampling(GenerationRequest request, int choice) {
        Sampling sampling = Seeds.forChoice(request.sampling(), choice);
        return request.json() ? sampling.with(null) : sampling;
    }

    /** More tokens than a prompt has, whatever the vocabulary: none of them is less than a byte. */
    static int mostTokens(Prompt prompt) {
        return (int) Math.min(Integer.MAX_VALUE / 2, size(prompt, 1));
    }

    /** About as many as it has. */
    static int likelyTokens(Prompt prompt) {
        return (int) Math.min(Integer.MAX_VALUE / 2, size(prompt, BYTES_A_TOKEN));
    }

    /** About as many as a text has; a sign that is no Latin letter is hardly ever less than one. */
    static int likelyTokens(String text) {
        long latin = text.codePoints().filter(each -> each < 0x80).count();
        return (int) (text.codePoints().count() - latin + (latin + BYTES_A_TOKEN - 1) / BYTES_A_TOKEN);
    }

    private static long size(Prompt prompt, int bytesAToken) {
        return switch (prompt) {
            case Prompt.Chat chat -> chat.turns().stream().mapToLong(turn -> TOKENS_A_TURN / Math.min(bytesAToken, 2)
                    + bytes(turn.content()) / bytesAToken).sum() + TOKENS_A_TURN;
            case Prompt.Text text -> BEFORE_A_TEXT + bytes(text.text()) / bytesAToken;
            case Prompt.Tokens tokens -> tokens.tokens().length;
        };
    }

    /** Of its UTF-8; half a surrogate pair counts as U+FFFD, as which engines read it. */
    private static long bytes(String text) {
        return text.codePoints().mapToLong(each -> each < 0x80 ? 1 : each < 0x800 ? 2 : each < 0x10000 ? 3 : 4).sum();
    }
}
