package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;

/** Opens a fresh engine of the same kind in place of one that was lost. */
@FunctionalInterface
public interface EngineOpener {
    EngineConnection open() throws EngineException;
}
