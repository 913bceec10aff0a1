package io.millrace.web.openai;

import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.client.Caller;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.intake.GenerationRequest;
import io.millrace.ejb.intake.Prompt;
import io.millrace.ejb.intake.Submission.Accepted;
import io.millrace.ejb.lane.Lane;
import java.util.List;
import java.util.Map;

/** Questions and calls for tests. */
final class Questions {

    private Questions() {}

    static Question question(boolean stream, boolean usage, int choices, int logprobs, String echo) {
        Sampling sampling = new Sampling(1, 0, 1, 0, 1, 0, 0, 0, Map.of(), null, logprobs);
        return new Question(new GenerationRequest(new Caller("k", "n", Lane.P0), "/v1/x", "m", new Prompt.Text("p"), sampling, 0,
                List.of(), choices, Lane.P1, null, false), stream, usage, echo);
    }

    static Accepted call(Flow flow) {
        return new Accepted("chatcmpl-1", "m", 1_700_000_000, flow);
    }
}
