package io.millrace.web.openai;

import io.millrace.ejb.intake.Submission.Accepted;

/** How the answers of one endpoint are told. */
public interface Format {

    /** Tells requests of this endpoint from the same ones of another. */
    String door();

    /** Whether a stream's client can come back for the rest. */
    boolean resumes();

    Whole whole(Accepted call, Question question);

    Streaming stream(Accepted call, Question question);
}
