package io.millrace.ejb.intake;

import io.millrace.config.Configuration;
import io.millrace.ejb.batch.BatchLoop;
import io.millrace.ejb.context.ContextException;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Session;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Refusal.Reason;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import java.util.function.ToIntFunction;

/** What a call's conversation adds to its prompt, and that the turn is kept before its reader learns of the end. Thread-safe. */
final class Remembering {

    /** Of the context, what a prompt leaves for an answer that names no length; at most, for one that does. */
    private static final int ANSWER_PART = 4;
    private static final int MOST_ANSWER_PART = 2;

    private final Conversations conversations;
    private final Configuration configuration;

    Remembering(Conversations conversations, Configuration configuration) {
        this.conversations = conversations;
        this.configuration = configuration;
    }

    /**
     * The request with the prompt that its conversation makes of it; the same where it belongs to none. May wait for another
     * call that has the conversation.
     *
     * @param loop the engine here that serves its model, if one does; asked for only where there is a conversation
     */
    GenerationRequest prompt(GenerationRequest request, Arrival arrival, Supplier<Optional<BatchLoop>> loop) throws RefusedException {
        if (request.conversation() == null || request.conversation().composed()) {
            return request;
        }
        try {
            Session session = conversations.begin(request.caller().keyId(), request.conversation(), ((Prompt.Chat) request.prompt()).turns());
            arrival.holds(session);
            return request.with(prompt(request, session, loop.get().orElse(null)), request.conversation().named(session.id()));
        } catch (ContextException e) {
            throw new RefusedException(e.refusal());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new RefusedException(Reason.SHUTTING_DOWN, "The server is stopping.", null, 5);
        }
    }

    private Prompt.Chat prompt(GenerationRequest request, Session session, BatchLoop loop) {
        int context = loop == null ? configuration.conversations().regionTokens() : loop.model().slotTokens();
        int answer = request.maxTokens() > 0 ? Math.min(request.maxTokens(), context / MOST_ANSWER_PART) : context / ANSWER_PART;
        ToIntFunction<String> count = loop == null ? Asks::likelyTokens : text -> loop.tokenizer().encode(text, false, false).length;
        Boolean thinks = request.prompt() instanceof Prompt.Chat chat ? chat.thinks() : null;
        return new Prompt.Chat(session.prompt(context - 1 - answer, count), false, thinks);
    }

    /** Where the answer is one, its turn is kept; the conversation is free for others when that is done. */
    CompletableFuture<Void> keep(Arrival arrival, Answer answer) {
        Session session = arrival.session();
        if (session == null) {
            return CompletableFuture.completedFuture(null);
        }
        if (answer.outcome() == Outcome.FAILED || answer.text().isEmpty()) {
            session.close();
            return CompletableFuture.completedFuture(null);
        }
        return conversations.keep(session, answer.text());
    }

    static Refusal notKept() {
        return new Refusal(Reason.CONTEXT_UNAVAILABLE, "The answer is complete but its conversation could not be kept, so it is withheld;"
                + " try again later.", null, 5);
    }
}
