package io.millrace.web.openai;

import io.millrace.ejb.intake.GenerationRequest;

/**
 * What a client asked for: the request itself, and how it wants the answer to look.
 *
 * @param request      what to generate
 * @param stream       as server-sent events instead of one object
 * @param includeUsage whether a stream ends with a chunk that tells the usage
 * @param echo         text to put in front of every answer; empty but for {@code /v1/completions} with {@code echo}
 */
public record Question(GenerationRequest request, boolean stream, boolean includeUsage, String echo) {

    /** Whether each piece tells its tokens, as another Millrace asks. */
    boolean tokens() {
        return request.continuation().tellTokens();
    }

    boolean logprobs() {
        return request.sampling().logprobs() >= 0;
    }
}
