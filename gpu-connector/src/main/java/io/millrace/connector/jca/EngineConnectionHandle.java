package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;

/** What the application holds: a handle on a managed connection, which stays in the pool when the handle closes. */
public class EngineConnectionHandle implements EngineConnection {

    private volatile EngineManagedConnection managed;

    EngineConnectionHandle(EngineManagedConnection managed) {
        this.managed = managed;
    }

    @Override
    public ModelInfo model() {
        return open().engine().model();
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
        EngineManagedConnection connection = managed;
        if (connection != null) {
            connection.engine().abort();
        }
    }

    @Override
    public void close() {
        EngineManagedConnection connection = managed;
        managed = null;
        if (connection != null) {
            connection.closed(this);
        }
    }

    void associate(EngineManagedConnection connection) {
        managed = connection;
    }

    private EngineManagedConnection open() {
        EngineManagedConnection connection = managed;
        if (connection == null) {
            throw new IllegalStateException("this engine connection is closed; get another from the factory");
        }
        return connection;
    }
}
