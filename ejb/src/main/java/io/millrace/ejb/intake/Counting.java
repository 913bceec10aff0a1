package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.connector.engine.EngineException;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.flow.Refusal.Reason;
import java.util.stream.IntStream;

/** The tokens of a request in the vocabulary of the model that serves it, or why it can't. No state. */
final class Counting {

    private Counting() {}

    /** Tokens of the prompt. */
    static int[] tokens(GenerationRequest request, BatchLoop loop) throws RefusedException {
        int most = loop.model().slotTokens() - 1;
        int[] tokens;
        try {
            tokens = PromptTokens.of(request.prompt(), loop.tokenizer(), most);
        } catch (EngineException e) {
            throw new RefusedException(Reason.INVALID, e.getMessage(), "messages", 0);
        }
        if (tokens.length > most) {
            throw new RefusedException(Reason.CONTEXT_LENGTH, "This model's context holds " + (most + 1)
                    + " tokens, of which one must be left for the answer; the prompt has "
                    + (request.prompt() instanceof Prompt.Tokens ? "" : "at least ") + tokens.length
                    + ". Shorten the messages.", "messages", 0);
        }
        if (tokens.length == 0) {
            throw new RefusedException(Reason.INVALID, "The prompt is empty.", "messages", 0);
        }
        int vocabulary = loop.model().vocabulary();
        requireKnown(IntStream.of(tokens), vocabulary, "prompt");
        requireKnown(request.sampling().logitBias().keySet().stream().mapToInt(Integer::intValue), vocabulary, "logit_bias");
        return tokens;
    }

    private static void requireKnown(IntStream tokens, int vocabulary, String param) throws RefusedException {
        var unknown = tokens.filter(token -> token < 0 || token >= vocabulary).findFirst();
        if (unknown.isPresent()) {
            throw new RefusedException(Reason.INVALID, "Token " + unknown.getAsInt()
                    + " is not in this model's vocabulary, which goes from 0 to " + (vocabulary - 1) + ".", param, 0);
        }
    }

    /** Tokens of the answer that the call goes on with. */
    static int[] said(GenerationRequest request, BatchLoop loop, int promptTokens) throws RefusedException {
        Continuation continuation = request.continuation();
        int[] said = continuation.said() != null ? continuation.said()
                : continuation.saidText() == null ? new int[0] : loop.tokenizer().encode(continuation.saidText(), false, false);
        requireKnown(IntStream.of(said), loop.model().vocabulary(), "millrace.said");
        if (promptTokens + said.length >= loop.model().slotTokens()) {
            throw new RefusedException(Reason.CONTEXT_LENGTH, "This model's context holds " + loop.model().slotTokens()
                    + " tokens; the prompt and what was said already have " + (promptTokens + said.length) + ".", "messages", 0);
        }
        return said;
    }

    /** Tokens that each answer may have, its key's limits aside. */
    static int maxTokens(GenerationRequest request, Configuration.Request bounds, int room) {
        int wanted = request.maxTokens() > 0 ? request.maxTokens() : bounds.defaultMaxTokens();
        int most = Math.min(room, bounds.maxTokens());
        return wanted > 0 ? Math.min(wanted, most) : most;
    }
}
