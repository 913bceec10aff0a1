package io.millrace.ejb.intake;

import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.resume.Kept.Found;

/** Why a client that came back gets nothing. No state. */
final class NoRest {

    private static final int AGAIN_SECONDS = 1;

    private NoRest() {}

    static Refusal because(Found.Nothing why) {
        return switch (why) {
            case Found.Unknown _ -> new Refusal(Reason.UNKNOWN_ANSWER, "There is no answer to go on with, or not any more; send the"
                    + " request without 'Last-Event-ID' for a new one.", null, 0);
            case Found.OtherRequest _ -> new Refusal(Reason.OTHER_REQUEST, "This is not the request whose answer 'Last-Event-ID' names;"
                    + " send the very same body again.", null, 0);
            case Found.OtherNode _ -> new Refusal(Reason.OTHER_NODE, "Another node of this cluster makes this answer; go back to it.", null,
                    AGAIN_SECONDS);
            case Found.NoEventId _ -> new Refusal(Reason.INVALID, "'Last-Event-ID' is not the id of an event of this server.",
                    "Last-Event-ID", 0);
        };
    }
}
