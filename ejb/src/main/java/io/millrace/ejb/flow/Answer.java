package io.millrace.ejb.flow;

import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.IntStream;

/**
 * All answers of one call while they are made: tokens go in, text goes out through the {@link Flow}, and when the last
 * choice is complete, or the call fails or is given up, {@code ending} hears of it exactly once. Thread-safe, since its
 * choices may be made by engines in several places; the lock is hardly ever contended.
 */
public final class Answer {

    /** How a call ended. */
    public enum Outcome { OK, CANCELLED, FAILED }

    private final String callId;
    private final Flow flow;
    private final Elsewhere elsewhere;
    private final List<Choice> choices;
    private final Consumer<Answer> ending;
    private final MessageDigest digest = sha256();
    /** All that was sent of the only choice; null where nobody will ask. */
    private StringBuilder text;
    private int promptTokens;
    private int open;
    private int lastChoice;
    private int cachedTokens;
    private long startedNanos;
    private long firstTokenNanos;
    private Outcome outcome;
    private Refusal refusal;

    /**
     * @param promptTokens length of the prompt, tokens
     * @param maxTokens    most tokens of each choice
     * @param tokenizer    of the engine that makes it; null: text comes instead of tokens
     * @param elsewhere    who goes on with it when its engine can't
     * @param tellsTokens  whether the reader is told the tokens too
     * @param ending       told once how the call ended; it records the call and then ends the flow
     */
    public Answer(String callId, int promptTokens, int choices, int maxTokens, List<String> stops, Tokenizer tokenizer,
                  Flow flow, Elsewhere elsewhere, boolean tellsTokens, Consumer<Answer> ending) {
        this.callId = callId;
        this.elsewhere = elsewhere;
        this.promptTokens = promptTokens;
        this.flow = flow;
        this.choices = IntStream.range(0, choices).mapToObj(_ -> new Choice(tokenizer, maxTokens, stops, elsewhere != Elsewhere.NOBODY, tellsTokens)).toList();
        this.open = choices;
        this.ending = ending;
    }

    /** An answer that ends when its engine can't go on with it. */
    public Answer(String callId, int promptTokens, int choices, int maxTokens, List<String> stops, Tokenizer tokenizer,
                  Flow flow, Consumer<Answer> ending) {
        this(callId, promptTokens, choices, maxTokens, stops, tokenizer, flow, Elsewhere.NOBODY, false, ending);
    }

    /** Somebody will ask for the {@link #text} at the end. Before anything is said. */
    public synchronized void keepText() {
        text = new StringBuilder();
    }

    /** What was sent, of an answer that has one choice and keeps it. */
    public synchronized String text() {
        return text.toString();
    }

    /**
     * What the model thinks is told apart from the answer. Before anything is said.
     *
     * @param begun beginning of the answer that the client gave
     */
    public synchronized void tellThoughtsApart(ThinkTags.Apart how, String begun) {
        choices.forEach(choice -> choice.tellApart(how, begun));
    }

    /** How thoughts would be told apart at the beginning of a choice, in a vocabulary. */
    public synchronized ThinkTags tags(int choiceIndex, Tokenizer tokenizer) {
        return choices.get(choiceIndex).tags(tokenizer);
    }

    /** What was told of a choice's thoughts; for whoever makes it. */
    public Thoughts thoughts(int choiceIndex) {
        return choices.get(choiceIndex).thoughts();
    }

    /** The call got its first slot. */
    public synchronized void started(long nowNanos) {
        if (startedNanos == 0) {
            startedNanos = nowNanos;
        }
    }

    /** Prompt tokens that were found in the KV cache. */
    public synchronized void cached(int tokens) {
        cachedTokens = Math.max(cachedTokens, tokens);
    }

    /**
     * One more token of a choice.
     *
     * @return true when the choice goes on, false when it is complete or the whole call has ended
     */
    public synchronized boolean accept(int choiceIndex, Sampled sampled, long nowNanos) {
        if (!isHeard(nowNanos)) {
            return false;
        }
        Choice choice = choices.get(choiceIndex);
        String text = choice.add(sampled);
        String thought = choice.takeThoughts();
        return (thought.isEmpty() || goesOut(flow.reasoning(choiceIndex, thought))) && goesOn(choiceIndex, choice, text);
    }

    /**
     * More text of a choice, made elsewhere.
     *
     * @param tokens how many it was made of, as far as that is known
     * @param ids    these tokens, or null where they aren't known
     * @return true when the choice goes on, false when it is complete or the whole call has ended
     */
    public synchronized boolean accept(int choiceIndex, String text, int tokens, int[] ids, List<TokenLogprob> logprobs,
                                       long nowNanos) {
        if (!isHeard(nowNanos)) {
            return false;
        }
        Choice choice = choices.get(choiceIndex);
        return goesOn(choiceIndex, choice, choice.add(text, tokens, ids, logprobs));
    }

    /** The reasoning before a choice goes on elsewhere; as {@link #accept}. */
    public synchronized boolean reasons(int choiceIndex, String text, long nowNanos) {
        if (!isHeard(nowNanos)) {
            return false;
        }
        return goesOut(flow.reasoning(choiceIndex, text));
    }

    /** Something was said; false where the call is over. */
    private boolean isHeard(long nowNanos) {
        if (outcome == null && firstTokenNanos == 0) {
            firstTokenNanos = nowNanos;
        }
        return outcome == null;
    }

    /** An engine elsewhere has said the last of a choice. */
    public synchronized void complete(int choiceIndex, FinishReason reason) {
        if (outcome == null) {
            Choice choice = choices.get(choiceIndex);
            goesOn(choiceIndex, choice, choice.complete(reason));
        }
    }

    /** What an engine elsewhere counted: of the prompt, of all that a choice has, and of the thoughts in what that engine made. */
    public synchronized void counted(int choiceIndex, int ofPrompt, int ofChoice, int ofThoughts) {
        promptTokens = ofPrompt;
        choices.get(choiceIndex).count(ofChoice, ofThoughts);
    }

    /**
     * A choice goes on after these tokens.
     *
     * @param text of them that its reader has; null: all but what stop strings and characters hold back
     */
    public synchronized void resume(int choiceIndex, int[] said, String text) {
        choices.get(choiceIndex).resume(said, text);
    }

    /**
     * A node that is gone made the beginning of a choice, or all of it. Before anything else is said of it.
     *
     * @param tokens how many it has
     * @param why    it is complete; null: it goes on
     */
    public synchronized void inherit(int choiceIndex, String text, int tokens, FinishReason why) {
        saw(text);
        choices.get(choiceIndex).inherit(text, tokens, why);
        open -= why == null ? 0 : 1;
        lastChoice = why == null ? lastChoice : choiceIndex;
    }

    /**
     * A choice of which an engine elsewhere made the beginning is made from tokens of this vocabulary from now on.
     *
     * @param ofPrompt tokens of the prompt in it
     * @param said     tokens of the beginning in it
     */
    public synchronized void use(int choiceIndex, Tokenizer tokenizer, int ofPrompt, int[] said) {
        promptTokens = ofPrompt;
        choices.get(choiceIndex).use(tokenizer, said);
    }

    /** The engine for which it was to {@link #use} a vocabulary doesn't go on with it. */
    public synchronized void leave(int choiceIndex) {
        choices.get(choiceIndex).handOver();
    }

    /**
     * The engine that makes a choice can't go on with it.
     *
     * @param saidTokens its tokens so far
     * @return whether somebody else does; else the call must be ended
     */
    public boolean goOnElsewhere(int choiceIndex, int[] saidTokens) {
        if (elsewhere == Elsewhere.NOBODY) {
            return false;
        }
        String said;
        int thought;
        synchronized (this) {
            if (outcome != null) {
                return false;
            }
            said = choices.get(choiceIndex).handOver();
            thought = choices.get(choiceIndex).forgetThoughts();
        }
        boolean goesOn = elsewhere.goOn(this, choiceIndex, said, thought < 0 ? saidTokens : new int[0]);
        if (!goesOn && thought > 0) {
            synchronized (this) {
                choices.get(choiceIndex).thought(thought);
            }
        }
        return goesOn;
    }

    private boolean goesOn(int choiceIndex, Choice choice, String text) {
        if (!text.isEmpty() && !send(choiceIndex, choice, text)) {
            return false;
        }
        if (choice.finished() == null) {
            return true;
        }
        if (--open > 0) {
            flow.choiceDone(choiceIndex, choice.finished());
        } else {
            lastChoice = choiceIndex;
            end(Outcome.OK, null);
        }
        return false;
    }

    /** The call can't be completed. */
    public synchronized void fail(Refusal why) {
        end(Outcome.FAILED, why);
    }

    /** The reader has gone. */
    public synchronized void cancelled() {
        end(Outcome.CANCELLED, null);
    }

    /**
     * Lets the reader see the end, whichever it is. Called when the call's record is on disk: until then a good answer
     * has not even told its last finish reason, which some readers take for the end.
     */
    public synchronized void finish() {
        switch (outcome) {
            case OK -> {
                flow.choiceDone(lastChoice, choices.get(lastChoice).finished());
                flow.end(usage());
            }
            case FAILED -> flow.broken(refusal);
            case CANCELLED -> { }
        }
    }

    private boolean send(int choiceIndex, Choice choice, String text) {
        saw(text);
        return goesOut(flow.text(choiceIndex, text, choice.takeLogprobs(), choice.takeTokens(), choice.tokens()));
    }

    private boolean goesOut(boolean sent) {
        if (!sent && flow.hasLeft()) {
            cancelled();
        } else if (!sent) {
            fail(new Refusal(Refusal.Reason.SLOW_READER, "The answer was read too slowly and its buffer ran full;"
                    + " read the stream as it comes.", null, 0));
        }
        return sent;
    }

    private void saw(String piece) {
        digest.update(piece.getBytes(StandardCharsets.UTF_8));
        if (text != null) {
            text.append(piece);
        }
    }

    private void end(Outcome how, Refusal why) {
        if (outcome == null) {
            outcome = how;
            refusal = why;
            ending.accept(this);
        }
    }

    public String callId() {
        return callId;
    }

    public Flow flow() {
        return flow;
    }

    /** How the call ended, or null while it hasn't. */
    public synchronized Outcome outcome() {
        return outcome;
    }

    /** Why it failed, or null. */
    public synchronized Refusal refusal() {
        return refusal;
    }

    public synchronized Usage usage() {
        return new Usage(promptTokens, choices.stream().mapToInt(Choice::tokens).sum(), cachedTokens,
                choices.stream().mapToInt(Choice::thoughtTokens).sum());
    }

    /** When it got its first slot, {@link System#nanoTime} scale; 0 when it never did. */
    public synchronized long startedNanos() {
        return startedNanos;
    }

    /** When its first token came, {@link System#nanoTime} scale; 0 when none did. */
    public synchronized long firstTokenNanos() {
        return firstTokenNanos;
    }

    /** The finish reasons in order of the choices, such as {@code stop,length}. */
    public synchronized String finishReasons() {
        return String.join(",", choices.stream().map(Choice::finished).map(Answer::word).toList());
    }

    /** SHA-256 of all text sent, in the order in which it was sent; lower-case hex. To be asked once, at the end. */
    public synchronized String textHash() {
        return HexFormat.of().formatHex(digest.digest());
    }

    private static String word(FinishReason reason) {
        return reason == null ? "open" : reason.name().toLowerCase(java.util.Locale.ROOT);
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new IllegalStateException("every Java platform has SHA-256", e);
        }
    }
}
