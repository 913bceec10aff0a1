package io.millrace.ejb.flow;

import io.millrace.connector.engine.SlotOutcome.Candidate;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import java.util.ArrayList;
import java.util.List;

/**
 * One of a call's answers: makes text of its tokens, or takes text that an engine elsewhere made, and knows when it is
 * complete. Guarded by the lock of its {@link Answer}.
 */
final class Choice {

    private Tokenizer tokenizer;
    private final int maxTokens;
    private Utf8Pieces utf8 = new Utf8Pieces();
    private final StopStrings stops;
    /** All that was said, the held-back too; null where nobody will ask. */
    private final StringBuilder said;
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private final boolean tellsTokens;
    private final TokenIds untold = new TokenIds();
    private int tokens;
    private FinishReason finished;

    /**
     * @param remembers   whether somebody may want to know what was said, to go on with it
     * @param tellsTokens whether the reader is told the tokens too
     */
    Choice(Tokenizer tokenizer, int maxTokens, List<String> stops, boolean remembers, boolean tellsTokens) {
        this.tellsTokens = tellsTokens;
        this.said = remembers ? new StringBuilder() : null;
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
        this.stops = new StopStrings(stops);
    }

    /** From now on its tokens are of this vocabulary. */
    void use(Tokenizer other) {
        tokenizer = other;
    }

    /** What was said so far; the bytes of a character that isn't complete are forgotten, since others will say them anew. */
    String handOver() {
        utf8 = new Utf8Pieces();
        return said.toString();
    }

    /** Tokens since the last call; null when there are none to be told. */
    int[] takeTokens() {
        return untold.take();
    }

    /**
     * Text that an engine elsewhere made of so many tokens; what of it may leave now.
     *
     * @param ids the tokens, or null where they aren't known
     */
    String add(String text, int ofTokens, int[] ids, List<TokenLogprob> ofText) {
        tokens += ofTokens;
        if (tellsTokens) {
            untold.add(ids);
        }
        logprobs.addAll(ofText);
        String free = stops.add(remember(text));
        if (stops.stopped()) {
            finished = FinishReason.STOP;
        } else if (tokens > maxTokens) {
            finished = FinishReason.LENGTH;
            free += stops.finish();
        }
        return free;
    }

    /** The engine elsewhere says that it is complete; the last text. */
    String complete(FinishReason reason) {
        finished = reason;
        return stops.finish();
    }

    /** The true number of its tokens, where that is known better than by counting. */
    void count(int allTokens) {
        tokens = allTokens;
    }

    /** Tokens that were said in the call that this one goes on with: their text was sent there, and they count there. */
    void resume(int[] said) {
        for (int token : said) {
            stops.add(remember(utf8.add(tokenizer.bytes(token))));
        }
    }

    /**
     * A node that is gone said this text of so many tokens, which its client was told.
     *
     * @param why null: it goes on
     */
    void inherit(String text, int ofTokens, FinishReason why) {
        tokens = ofTokens;
        finished = why;
        remember(text);
    }

    /** These tokens made the inherited text: what they hold back becomes known. */
    void catchUp(int[] inherited) {
        for (int token : inherited) {
            stops.add(utf8.add(tokenizer.bytes(token)));
        }
    }

    /** The text that this token sets free; may be empty. */
    String add(Sampled sampled) {
        tokens++;
        if (tokenizer.endsGeneration(sampled.token())) {
            finished = FinishReason.STOP;
            return rest();
        }
        byte[] bytes = tokenizer.bytes(sampled.token());
        if (tellsTokens) {
            untold.add(sampled.token());
        }
        if (!Float.isNaN(sampled.logprob())) {
            logprobs.add(logprob(bytes, sampled));
        }
        String free = stops.add(remember(utf8.add(bytes)));
        if (stops.stopped()) {
            finished = FinishReason.STOP;
        } else if (tokens >= maxTokens) {
            finished = FinishReason.LENGTH;
            free += rest();
        }
        return free;
    }

    /** Log probabilities of the tokens since the last call. */
    List<TokenLogprob> takeLogprobs() {
        if (logprobs.isEmpty()) {
            return List.of();
        }
        List<TokenLogprob> taken = List.copyOf(logprobs);
        logprobs.clear();
        return taken;
    }

    int tokens() {
        return tokens;
    }

    /** Why it is complete, or null while it isn't. */
    FinishReason finished() {
        return finished;
    }

    private String remember(String text) {
        if (said != null) {
            said.append(text);
        }
        return text;
    }

    private String rest() {
        String tail = stops.add(utf8.finish());
        return tail + stops.finish();
    }

    private TokenLogprob logprob(byte[] bytes, Sampled sampled) {
        List<TokenLogprob> top = new ArrayList<>();
        for (Candidate candidate : sampled.top()) {
            top.add(new TokenLogprob(tokenizer.bytes(candidate.token()), candidate.logprob(), List.of()));
        }
        return new TokenLogprob(bytes, sampled.logprob(), top);
    }
}
