package io.millrace.connector.remote;

import java.util.List;

/** Something that a server said of an answer, or that it said nothing. Immutable, except that arrays are not copied. */
public sealed interface RemoteEvent {

    /** The server took the call (status 200); always the first event but for silence. */
    record Accepted() implements RemoteEvent {}

    /**
     * A part of the answer.
     *
     * @param text      empty when only the reasoning grows
     * @param reasoning part of the model's reasoning where the server keeps it apart ({@code reasoning_content}); else
     *                  empty
     * @param tokens    those of {@code text}, from a {@link Dialect#MILLRACE} only; else null
     * @param logprobs  one for each token, when they were asked for and the server has them; else empty
     */
    record Piece(String text, String reasoning, int[] tokens, List<Logprob> logprobs) implements RemoteEvent {

        /** Whether it says nothing but that somebody is there. */
        public boolean isEmpty() {
            return text.isEmpty() && reasoning.isEmpty() && tokens == null;
        }
    }

    /** Why the answer ends: the server's {@code finish_reason} as it is. */
    record Finished(String reason) implements RemoteEvent {}

    /**
     * @param cachedTokens  of the prompt's, those that the server found in its cache; 0 when it does not say
     * @param thoughtTokens of the completion's, those that were reasoning; 0 when it does not say
     */
    record Usage(int promptTokens, int completionTokens, int cachedTokens, int thoughtTokens) implements RemoteEvent {
        public Usage(int promptTokens, int completionTokens, int cachedTokens) {
            this(promptTokens, completionTokens, cachedTokens, 0);
        }
    }

    /** Nothing came within the reader's patience. */
    record Silence() implements RemoteEvent {}

    /** The answer is whole: it finished, and the server said so or closed in order. */
    record End() implements RemoteEvent {}

    /** @param top the likeliest tokens at this place, best first */
    record Logprob(Candidate token, List<Candidate> top) {}

    /**
     * A token that was, or might have been.
     *
     * @param bytes   of its text, which may be a part of a character; null when the server does not say
     * @param logprob natural log of its probability
     */
    record Candidate(String text, byte[] bytes, float logprob) {}
}
