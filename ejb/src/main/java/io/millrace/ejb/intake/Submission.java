package io.millrace.ejb.intake;

import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Refusal;

/** What became of a request at the door. */
public sealed interface Submission {

    /**
     * It waits in a lane or runs already.
     *
     * @param callId         unique; the answer's id and the key of its audit record
     * @param model          name of the model that answers
     * @param createdSeconds when it was taken, seconds since 1970
     * @param flow           the answer on its way
     */
    record Accepted(String callId, String model, long createdSeconds, Flow flow) implements Submission {}

    /** It can't be served. */
    record Refused(Refusal refusal) implements Submission {}
}
