package io.millrace.connector.engine;

import java.util.List;

/** All that an engine shall do in one step. Immutable. */
public record StepPlan(List<SlotWork> work) {

    public StepPlan {
        work = List.copyOf(work);
    }

    /** Tokens that this plan puts through the model. */
    public int tokens() {
        int tokens = 0;
        for (SlotWork item : work) {
            tokens += switch (item) {
                case SlotWork.Prefill prefill -> prefill.tokens().length;
                case SlotWork.Decode _ -> 1;
                default -> 0;
            };
        }
        return tokens;
    }
}
