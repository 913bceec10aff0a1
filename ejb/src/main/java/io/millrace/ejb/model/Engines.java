package io.millrace.ejb.model;

import io.millrace.connector.engine.ModelInfo;
import java.util.List;
import java.util.Optional;

/** STUB: contract only for now; what can be served at this moment. Becomes an injectable class with these methods. */
public interface Engines {
    /** The models that answer now. */
    List<ModelInfo> models();

    /** Why nothing can be served, in a sentence; empty when something can. */
    Optional<String> notReadyBecause();

    /** Switches to another GGUF file; streams in flight finish on the old one. Returns when the new one answers. */
    ModelInfo use(java.nio.file.Path model) throws io.millrace.connector.engine.EngineException;
}
