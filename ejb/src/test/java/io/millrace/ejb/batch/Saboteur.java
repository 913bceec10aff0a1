package io.millrace.ejb.batch;

import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.util.List;

/** Stands between the lanes, the batcher and the engine of a schedule; this one lets everything pass as it is. */
class Saboteur {

    LaneBounds bounds(LaneBounds bounds) {
        return bounds;
    }

    boolean offer(Lanes<Sequence> lanes, Lane lane, List<Sequence> items, long nowNanos, long deadlineNanos) {
        return lanes.offer(lane, items, nowNanos, deadlineNanos);
    }

    StepPlan plan(StepPlan plan) {
        return plan;
    }

    StepResult result(StepResult result) {
        return result;
    }

    /** The step is over. */
    void after(Lanes<Sequence> lanes, List<Sequence> running) {
        // nothing is changed
    }
}
