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
    private ThinkTags.Apart apart = ThinkTags.Apart.NEVER;
    private String begun = "";
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
        this.tags = tags(tokenizer);
    }

    /**
     * Tells thoughts apart from the answer.
     *
     * @param given beginning of the answer that its client gave
     */
    void tellApart(ThinkTags.Apart how, String given) {
        apart = how;
        begun = given;
        tags = tags(tokenizer);
    }

    /** At the beginning of what is said, in a vocabulary. */
    ThinkTags tags(Tokenizer of) {
        return ThinkTags.of(of, apart, begun);
    }

    /** What was told of thoughts, by whoever made it. */
    Thoughts thoughts() {
        return thoughts;
    }

    /** What of thoughts is to be told since the last call. */
    String takeThoughts() {
        return thoughts.more(tags.takeThoughts());
    }

    /** Tokens that were thoughts. */
    int thoughtTokens() {
        return thoughtTokens;
    }

    /** Forgets thoughts without an answer, since whoever goes on thinks anew; how many tokens they had, -1 where there is no reason. */
    int forgetThoughts() {
        if (!tags.thinking() || !said.isEmpty()) {
            return -1;
        }
        int forgotten = tokens;
        untold.take();
        logprobs.clear();
        thought(0);
        return forgotten;
    }

    /** All its tokens are thoughts, so many. */
    void thought(int allTokens) {
        tokens = allTokens;
        thoughtTokens = allTokens;
    }

    /**
     * From now on its tokens are of this vocabulary.
     *
     * @param before tokens of what was said before, and perhaps of more than that: they come with text, and some of theirs
     *               may have been held back as the beginning of a character or stop string; nobody says it again
     */
    void use(Tokenizer other, int[] before) {
        tokenizer = other;
        tags = tags(other);
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

    /** The true number of its tokens, where that is known better than by counting, and thoughts among those that its last engine made. */
    void count(int allTokens, int lastThoughts) {
        tokens = allTokens;
        thoughtTokens = Math.clamp((long) thoughtTokens + lastThoughts, 0, allTokens);
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
        if (!all.startsWith(sent)) {
            // another engine told as answer what looks like a thought
            tags = ThinkTags.of(tokenizer, ThinkTags.Apart.NEVER, "");
            all = answerIn(before);
        }
        if (all.startsWith(sent)) {
            owed = stops.add(remember(all.substring(sent.length())));
        }
    }

    /** The text of tokens whose thoughts were told before. */
    private String answerIn(int[] ofTokens) {
        utf8 = new Utf8Pieces();
        String text = tags.answerIn(ofTokens, utf8);
        tags.takeThoughts();
        return text;
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
        byte[] bytes = tags.bytes(sampled.token());
        if (tellsTokens) {
            untold.add(sampled.token());
        }
        String answer = tags.add(utf8.add(bytes));
        if (tags.thinking()) {
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
        String tail = stops.add(tags.add(utf8.finish()) + tags.finish());
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
