package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.Tokenizer;

/** An engine that does as another one does, but for its steps. */
abstract class WrappedEngine implements EngineConnection {

    final EngineConnection engine;

    WrappedEngine(EngineConnection engine) {
        this.engine = engine;
    }

    @Override
    public ModelInfo model() {
        return engine.model();
    }

    @Override
    public KvFormat kvFormat() {
        return engine.kvFormat();
    }

    @Override
    public Tokenizer tokenizer() {
        return engine.tokenizer();
    }

    @Override
    public void abort() {
        engine.abort();
    }

    @Override
    public void close() {
        engine.close();
    }
}
