package io.millrace.connector.jca;

import io.millrace.connector.engine.ModelInfo;
import jakarta.resource.spi.ManagedConnectionMetaData;

/** What the container may know of an engine. */
record EngineMetaData(ModelInfo model) implements ManagedConnectionMetaData {

    @Override
    public String getEISProductName() {
        return model.name();
    }

    @Override
    public String getEISProductVersion() {
        return model.architecture() + " " + model.quantisation();
    }

    @Override
    public int getMaxConnections() {
        return 1;
    }

    @Override
    public String getUserName() {
        return "";
    }
}
