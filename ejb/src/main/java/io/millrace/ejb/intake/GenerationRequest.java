package io.millrace.ejb.intake;

import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.context.ConversationAsk;
import io.millrace.ejb.lane.Lane;
import java.util.List;
import java.util.Objects;

/**
 * A request in Millrace's own words, whatever door it came through.
 *
 * @param caller    who asks
 * @param endpoint  the door, for the audit: {@code /v1/chat/completions} and the like
 * @param model     the model's name as asked for; null or empty: the default one
 * @param prompt    what to go on from
 * @param sampling  how to choose tokens; {@code seed} as drawn by the door when the client gave none
 * @param maxTokens most tokens of each answer; 0: what fits
 * @param stop      strings that end an answer and are not part of it; at most 16, none empty
 * @param choices   independent answers wanted, 1 to 16
 * @param lane      the lane asked for, or the caller's ceiling where that is lower: no door has to see to it
 * @param continuation what it goes on with; {@link Continuation#NONE} for most
 * @param json      whether each answer must be one JSON object; {@code sampling} has the grammar for it
 * @param user      the client's own user id, for isolation; may be null
 * @param conversation what the prompt is a part of; null: it is all that there is
 */
public record GenerationRequest(Caller caller, String endpoint, String model, Prompt prompt, Sampling sampling,
                                int maxTokens, List<String> stop, int choices, Lane lane, String user,
                                boolean json, Continuation continuation, ConversationAsk conversation) {

    public static final int MOST_STOPS = 16;
    public static final int MOST_CHOICES = 16;

    /** An answer of its own. */
    public GenerationRequest(Caller caller, String endpoint, String model, Prompt prompt, Sampling sampling, int maxTokens,
                             List<String> stop, int choices, Lane lane, String user, boolean json) {
        this(caller, endpoint, model, prompt, sampling, maxTokens, stop, choices, lane, user, json, Continuation.NONE, null);
    }

    public GenerationRequest {
        Objects.requireNonNull(continuation, "continuation");
        Objects.requireNonNull(caller, "caller");
        Objects.requireNonNull(endpoint, "endpoint");
        Objects.requireNonNull(prompt, "prompt");
        Objects.requireNonNull(sampling, "sampling");
        Objects.requireNonNull(lane, "lane");
        stop = List.copyOf(stop);
        lane = lane.atMost(caller.ceiling());
        require(maxTokens >= 0, "max_tokens must not be negative: " + maxTokens);
        require(stop.size() <= MOST_STOPS, "stop holds at most " + MOST_STOPS + " strings, not " + stop.size());
        require(stop.stream().noneMatch(String::isEmpty), "stop must not hold an empty string");
        require(conversation == null || choices == 1 && prompt instanceof Prompt.Chat chat && !chat.continueLast(),
                "a conversation takes one answer to a chat");
        require(choices == 1 || !continuation.goesOn(), "n must be 1 where an answer goes on");
        require(choices >= 1 && choices <= MOST_CHOICES, "n must be 1 to " + MOST_CHOICES + ", not " + choices);
    }

    /** The same with another seed. */
    GenerationRequest with(long seed) {
        Sampling drawn = new Sampling(sampling.temperature(), sampling.topK(), sampling.topP(), sampling.minP(), sampling.repeatPenalty(),
                sampling.frequencyPenalty(), sampling.presencePenalty(), seed, sampling.logitBias(), sampling.grammar(), sampling.logprobs());
        return new GenerationRequest(caller, endpoint, model, prompt, drawn, maxTokens, stop, choices, lane, user, json, continuation, conversation);
    }

    /** The same with the prompt that its conversation makes of it. */
    GenerationRequest with(Prompt other, ConversationAsk its) {
        return new GenerationRequest(caller, endpoint, model, other, sampling, maxTokens, stop, choices, lane, user, json, continuation, its);
    }

    private static void require(boolean holds, String otherwise) {
        if (!holds) {
            throw new IllegalArgumentException(otherwise);
        }
    }
}
