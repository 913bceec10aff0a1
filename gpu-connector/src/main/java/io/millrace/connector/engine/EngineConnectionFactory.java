package io.millrace.connector.engine;

import jakarta.resource.Referenceable;
import jakarta.resource.ResourceException;
import java.io.Serializable;

/**
 * Gives out pooled connections to engines; looked up through JNDI (Connectors 2.1, section 17.5.2). Thread-safe.
 */
public interface EngineConnectionFactory extends Serializable, Referenceable {

    /**
     * Takes a connection to an engine that serves {@code spec}, opening the engine when the pool holds none.
     * May block while a model loads or while every connection of the pool is taken.
     *
     * @throws ResourceException when the pool stays exhausted or the engine can't be opened; in the latter case an
     *         {@link EngineException} is the exception itself or one of its causes
     */
    EngineConnection getConnection(EngineSpec spec) throws ResourceException;
}
