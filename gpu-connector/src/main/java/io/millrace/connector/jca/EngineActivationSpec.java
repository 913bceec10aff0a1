package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineEventListener;
import jakarta.resource.spi.Activation;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.ResourceAdapter;
import java.io.Serializable;

/** Activates a message endpoint that hears about every engine; it has nothing to configure. */
@Activation(messageListeners = EngineEventListener.class)
public class EngineActivationSpec implements ActivationSpec, Serializable {

    private static final long serialVersionUID = 1L;

    private transient ResourceAdapter adapter;

    @Override
    public void validate() {
        // no properties, nothing that could be wrong
    }

    @Override
    public ResourceAdapter getResourceAdapter() {
        return adapter;
    }

    @Override
    public void setResourceAdapter(ResourceAdapter resourceAdapter) {
        adapter = resourceAdapter;
    }
}
