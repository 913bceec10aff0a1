package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;

/** Opens a fresh engine of the same kind in place of one that was lost, or whose KV cache shall have another type. */
@FunctionalInterface
public interface EngineOpener {
    EngineConnection open(EngineSpec.KvType kvType) throws EngineException;
}
