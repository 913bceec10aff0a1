package io.millrace.web.openai;

import com.fasterxml.jackson.core.JsonGenerator;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.intake.Submission.Accepted;
import java.io.IOException;
import java.util.List;

/** How the answers of one endpoint look whose answers are choices; each method writes fields into a choice object that is open. Stateless. */
interface ChoiceFormat extends Format {

    /** The {@code object} field of a whole answer. */
    String wholeObject();

    /** The {@code object} field of a stream's chunk. */
    String chunkObject();

    /** Whether a choice of a stream starts with a chunk of its own, which {@link #opening} writes. */
    boolean hasOpening();

    @Override
    default String door() {
        return chunkObject();
    }

    @Override
    default boolean resumes() {
        return true;
    }

    @Override
    default Whole whole(Accepted call, Question question) {
        return new WholeAnswer(call, question, this);
    }

    @Override
    default Streaming stream(Accepted call, Question question) {
        return new StreamAnswer(call, question, this);
    }

    void opening(JsonGenerator json) throws IOException;

    /**
     * A piece of text in a stream.
     *
     * @param logprobs null where none were asked for
     * @param offset   characters of this choice that went before
     */
    void piece(JsonGenerator json, String text, List<TokenLogprob> logprobs, int offset) throws IOException;

    /** Whether reasoning is told at all. */
    default boolean tellsReasoning() {
        return false;
    }

    /** A piece of reasoning in a stream, in DeepSeek's field {@code reasoning_content}. */
    default void reasoning(JsonGenerator json, String text) throws IOException {
        throw new IllegalStateException("this door tells no reasoning");
    }

    /** The chunk that only tells why the choice ended. */
    void closing(JsonGenerator json) throws IOException;

    /**
     * A complete choice.
     *
     * @param reasoning empty where there is none
     */
    void whole(JsonGenerator json, String reasoning, String text, List<TokenLogprob> logprobs, int offset) throws IOException;
}
