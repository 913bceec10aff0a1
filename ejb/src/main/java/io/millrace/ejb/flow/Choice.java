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
    private final Thoughts thoughts = new Thoughts();
    private Apart apart = Apart.NEVER;
    /** Null: its text is all answer. */
    private ThinkTags tags;
    private int thoughtTokens;
    private Utf8Pieces utf8 = new Utf8Pieces();
    private final StopStrings stops;
    /** All that was said, the held-back too; null where nobody will ask. */
    private final StringBuilder said;
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private final boolean tellsTokens;
    private final TokenIds untold = new TokenIds();
    /** What has become free of what was held back when another engine went on. */
    private String owed = "";
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

    /** Whether thoughts are told apart from the answer. */
    enum Apart { NEVER, WHERE_TAGS_ARE_TOKENS, ALWAYS }

    /**
     * Tells thoughts apart from the answer.
     *
     * @param begun beginning of the answer that its client gave
     */
    void tellApart(Apart how, String begun) {
        apart = how;
        tags = tags();
        if (tags != null) {
            tags.add(begun);
            // the client has them
            tags.takeThoughts();
        }
    }

    private ThinkTags tags() {
        return apart == Apart.NEVER || tokenizer == null ? null : ThinkTags.of(tokenizer, apart == Apart.ALWAYS);
    }

    /** What was told of thoughts, by whoever made it. */
    Thoughts thoughts() {
        return thoughts;
    }

    /** What of thoughts is to be told since the last call. */
    String takeThoughts() {
        return tags == null ? "" : thoughts.more(tags.takeThoughts());
    }

    /** Tokens that were thoughts. */
    int thoughtTokens() {
        return thoughtTokens;
    }

    /** Whether nothing of the answer was said, and whoever goes on thinks anew. */
    boolean thinksAnew() {
        return tags != null && said.isEmpty();
    }

    /**
     * From now on its tokens are of this vocabulary.
     *
     * @param before tokens of what was said before, and perhaps of more than that: they come with text, and some of theirs
     *               may have been held back as the beginning of a character or stop string; nobody says it again
     */
    void use(Tokenizer other, int[] before) {
        tokenizer = other;
        utf8 = new Utf8Pieces();
        tags = tags();
        thoughts.anew();
        catchUp(before, said.toString());
    }

    /**
     * What was said so far, to its last word that may leave: what is held back as the beginning of a character or stop string
     * is forgotten, since whoever goes on says it anew.
     */
    String handOver() {
        utf8 = new Utf8Pieces();
        said.setLength(said.length() - stops.forget() - owed.length());
        owed = "";
        thoughts.anew();
        if (thinksAnew()) {
            tokens = 0;
            thoughtTokens = 0;
        }
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
        if (tokens >= maxTokens) {
            // its engine was told the bound, and should have ended it
            finished = FinishReason.LENGTH;
            return stops.finish();
        }
        tokens += ofTokens;
        if (tellsTokens) {
            untold.add(ids);
        }
        logprobs.addAll(ofText);
        String free = stops.add(remember(text));
        finished = stops.stopped() ? FinishReason.STOP : null;
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

    /**
     * Tokens that were said in the call that this one goes on with, and count there.
     *
     * @param sent text of them that was sent there; null: all but what was held back
     */
    void resume(int[] before, String sent) {
        if (sent == null) {
            stops.add(remember(answerIn(before)));
        } else {
            remember(sent);
            catchUp(before, sent);
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

    /** Takes over what these tokens say beyond a text that was sent. */
    private void catchUp(int[] before, String sent) {
        String all = answerIn(before);
        if (all.startsWith(sent)) {
            owed = stops.add(remember(all.substring(sent.length())));
        }
    }

    /** The text of tokens whose thoughts were told before. */
    private String answerIn(int[] ofTokens) {
        StringBuilder text = new StringBuilder();
        for (int token : ofTokens) {
            text.append(answer(utf8.add(bytes(token))));
        }
        if (tags != null) {
            tags.takeThoughts();
        }
        return text.toString();
    }

    private byte[] bytes(int token) {
        return tags == null ? tokenizer.bytes(token) : tags.bytes(token);
    }

    private String answer(String text) {
        return tags == null ? text : tags.add(text);
    }

    /** The text that this token sets free; may be empty. */
    String add(Sampled sampled) {
        tokens++;
        String before = owed;
        owed = "";
        return before + text(sampled);
    }

    private String text(Sampled sampled) {
        if (tokenizer.endsGeneration(sampled.token())) {
            finished = FinishReason.STOP;
            return rest();
        }
        byte[] bytes = bytes(sampled.token());
        if (tellsTokens) {
            untold.add(sampled.token());
        }
        String answer = answer(utf8.add(bytes));
        if (tags != null && tags.thinking()) {
            thoughtTokens++;
            logprobs.clear();
        } else if (!Float.isNaN(sampled.logprob())) {
            logprobs.add(logprob(bytes, sampled));
        }
        String free = stops.add(remember(answer));
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
        String last = answer(utf8.finish());
        String tail = stops.add(tags == null ? last : last + tags.finish());
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
