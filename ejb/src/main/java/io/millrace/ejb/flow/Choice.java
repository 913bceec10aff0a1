package io.millrace.ejb.flow;

import io.millrace.connector.engine.SlotOutcome.Candidate;
import io.millrace.connector.engine.SlotOutcome.Sampled;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import java.util.ArrayList;
import java.util.List;

/** One of a call's answers: makes text of its tokens and knows when it is complete. Owned by the batch thread. */
final class Choice {

    private final Tokenizer tokenizer;
    private final int maxTokens;
    private final Utf8Pieces utf8 = new Utf8Pieces();
    private final StopStrings stops;
    private final List<TokenLogprob> logprobs = new ArrayList<>();
    private int tokens;
    private FinishReason finished;

    Choice(Tokenizer tokenizer, int maxTokens, List<String> stops) {
        this.tokenizer = tokenizer;
        this.maxTokens = maxTokens;
        this.stops = new StopStrings(stops);
    }

    /** The text that this token sets free; may be empty. */
    String add(Sampled sampled) {
        tokens++;
        if (tokenizer.endsGeneration(sampled.token())) {
            finished = FinishReason.STOP;
            return rest();
        }
        byte[] bytes = tokenizer.bytes(sampled.token());
        if (!Float.isNaN(sampled.logprob())) {
            logprobs.add(logprob(bytes, sampled));
        }
        String free = stops.add(utf8.add(bytes));
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
