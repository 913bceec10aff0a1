package io.millrace.tests.clients;

import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.concurrent.CompletableFuture;

/** Keeps what a stream of LangChain4j brings. */
class Collector implements StreamingChatResponseHandler {

    final StringBuffer pieces = new StringBuffer();
    /** Completed by the first piece. */
    final CompletableFuture<Void> begun = new CompletableFuture<>();
    final CompletableFuture<ChatResponse> complete = new CompletableFuture<>();

    @Override
    public void onPartialResponse(String piece) {
        pieces.append(piece);
        begun.complete(null);
    }

    @Override
    public void onCompleteResponse(ChatResponse response) {
        complete.complete(response);
    }

    @Override
    public void onError(Throwable error) {
        begun.completeExceptionally(error);
        complete.completeExceptionally(error);
    }
}
