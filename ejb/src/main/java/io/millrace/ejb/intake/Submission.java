package io.millrace.ejb.intake;

import io.millrace.ejb.context.Told;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Seen;

/** What became of a request at the door. */
public sealed interface Submission {

    /**
     * It waits in a lane or runs already.
     *
     * @param callId         unique; the answer's id and the key of its audit record
     * @param model          name of the model that answers
     * @param createdSeconds when it was taken, seconds since 1970
     * @param flow           the answer on its way
     * @param seen           what the client has of it already; null where it can't come back for the rest
     * @param told           what the prompt got from its conversation; null where it belongs to none
     */
    record Accepted(String callId, String model, long createdSeconds, Reader flow, Seen seen, Told told) implements Submission {
        public Accepted(String callId, String model, long createdSeconds, Reader flow) {
            this(callId, model, createdSeconds, flow, null, null);
        }
    }

    /** It can't be served. */
    record Refused(Refusal refusal) implements Submission {}
}
