package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;

/** An application's handle on an engine. */
public class EngineConnectionHandle extends ConnectionHandle<EngineManagedConnection> implements EngineConnection {

    EngineConnectionHandle(EngineManagedConnection managed) {
        super(managed);
    }

    @Override
    public ModelInfo model() {
        return open().engine().model();
    }

    @Override
    public KvFormat kvFormat() {
        return open().engine().kvFormat();
    }

    @Override
    public Tokenizer tokenizer() {
        return open().engine().tokenizer();
    }

    @Override
    public StepResult step(StepPlan plan) throws EngineException {
        EngineManagedConnection connection = open();
        try {
            return connection.step(plan);
        } catch (EngineException e) {
            connection.lost(this, e);
            throw e;
        }
    }

    @Override
    public void abort() {
        EngineManagedConnection connection = managed();
        if (connection != null) {
            connection.engine().abort();
        }
    }

    @Override
    public void close() {
        EngineManagedConnection connection = detach();
        if (connection != null) {
            connection.closed(this);
        }
    }
}
