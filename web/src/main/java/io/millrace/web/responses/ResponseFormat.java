package io.millrace.web.responses;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.context.ContextException;
import io.millrace.ejb.context.Conversations;
import io.millrace.ejb.context.Paper;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.web.error.ApiError;
import io.millrace.web.openai.Format;
import io.millrace.web.openai.Question;
import io.millrace.web.openai.Streaming;
import io.millrace.web.openai.Whole;
import io.millrace.web.openai.Wishes;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.util.concurrent.CompletableFuture;

/** One request for a response: how it is read, told and kept. Owned by the request's thread. */
final class ResponseFormat implements Format {

    private static final Logger LOG = System.getLogger("io.millrace.web");
    private static final int RETRY_SECONDS = 5;

    private final Conversations conversations;
    private final int maxMessages;
    private String tenant;
    private Wanted wanted;
    private CompletableFuture<Void> announced = CompletableFuture.completedFuture(null);

    ResponseFormat(Conversations conversations, int maxMessages) {
        this.conversations = conversations;
        this.maxMessages = maxMessages;
    }

    Question read(ObjectNode body, Caller caller, Wishes wishes) {
        tenant = caller.keyId();
        ResponseReader reader = new ResponseReader(body, caller, wishes, maxMessages, id -> conversations.response(tenant, id));
        Question question = reader.read();
        wanted = reader.wanted();
        return question;
    }

    @Override
    public String door() {
        return ResponseReader.ENDPOINT;
    }

    @Override
    public boolean resumes() {
        return false;
    }

    @Override
    public Whole whole(Accepted call, Question question) {
        return new WholeResponse(draft(call));
    }

    @Override
    public Streaming stream(Accepted call, Question question) {
        return new ResponseStream(draft(call));
    }

    private Draft draft(Accepted call) {
        if (wanted.store() && Draft.hidden(call, wanted)) {
            announced = conversations.announceResponse(tenant, call.told().conversation(), Draft.id(call));
        }
        return new Draft(call, wanted, this::keep);
    }

    private void keep(Paper response) {
        try {
            announced.join();
            conversations.keepResponse(tenant, response);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw ApiError.stopping();
        } catch (ContextException | RuntimeException e) {
            throw notKept(e);
        }
    }

    private static ApiError notKept(Exception e) {
        LOG.log(Level.ERROR, "A response could not be kept", e);
        return ApiError.of(new Refusal(Refusal.Reason.CONTEXT_UNAVAILABLE,
                "The response is complete but could not be kept, so it is withheld; try again later.", null, RETRY_SECONDS));
    }
}
