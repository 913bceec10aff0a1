package io.millrace.ejb.flow;

import java.util.List;

/** One thing that happens to an answer on its way, in order. */
public sealed interface FlowEvent {

    /**
     * More of the answer. Whole UTF-8, no part of a stop string. Pieces that the reader has not taken yet are joined.
     *
     * @param choice   which of the request's answers, from 0
     * @param text     never empty
     * @param logprobs one entry a token, empty unless asked for
     * @param tokens   those that were chosen since the piece before; null unless asked for, or not known
     */
    record Text(int choice, String text, List<TokenLogprob> logprobs, int[] tokens) implements FlowEvent {
        public Text(int choice, String text, List<TokenLogprob> logprobs) {
            this(choice, text, logprobs, null);
        }
    }

    /**
     * More of the model's reasoning before an answer, where it is kept apart. No part of the answer: nobody goes on from it, so who
     * takes over an answer that has no text yet reasons anew.
     */
    record Reasoning(int choice, String text) implements FlowEvent {}

    /** One answer is complete. */
    record ChoiceDone(int choice, FinishReason reason) implements FlowEvent {}

    /** All answers are complete and the call's audit record is on disk. The last event of a good flow. */
    record End(Usage usage) implements FlowEvent {}

    /** The answer can't be completed. The last event of a failed flow; what came before is not a whole answer. */
    record Broken(Refusal refusal) implements FlowEvent {}

    /** A token, its bytes and its log probability, with those that might have been. */
    record TokenLogprob(byte[] bytes, float logprob, List<TokenLogprob> top) {}

    /** Why an answer ended: OpenAI's {@code finish_reason}. */
    enum FinishReason { STOP, LENGTH }

    /**
     * What the call used.
     *
     * @param promptTokens     of the prompt, counted once whatever {@code n} is
     * @param completionTokens of all answers
     * @param cachedTokens     of the prompt, taken from the KV cache instead of computed
     * @param thoughtTokens    of all answers, as far as their engines told
     */
    record Usage(int promptTokens, int completionTokens, int cachedTokens, int thoughtTokens) {
        public Usage(int promptTokens, int completionTokens, int cachedTokens) {
            this(promptTokens, completionTokens, cachedTokens, 0);
        }
    }
}
