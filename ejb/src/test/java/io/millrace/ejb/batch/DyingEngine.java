package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;

/** An engine that is lost after some steps. */
final class DyingEngine extends WrappedEngine {

    private int left;

    DyingEngine(EngineConnection engine, int steps) {
        super(engine);
        left = steps;
    }

    @Override
    public StepResult step(StepPlan plan) throws EngineException {
        if (left-- <= 0) {
            throw new EngineException(EngineException.Code.ENGINE_LOST, "dead");
        }
        return engine.step(plan);
    }
}
