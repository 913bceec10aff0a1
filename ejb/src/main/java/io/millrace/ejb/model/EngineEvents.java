package io.millrace.ejb.model;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.engine.EngineEventListener;
import jakarta.ejb.ActivationConfigProperty;
import jakarta.ejb.MessageDriven;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Hears from the adapter what befalls engines and devices, and puts it into the log. */
@MessageDriven(messageListenerInterface = EngineEventListener.class, activationConfig =
        @ActivationConfigProperty(propertyName = "resourceAdapter", propertyValue = "gpu-connector"))
public class EngineEvents implements EngineEventListener {

    private static final Logger LOG = Logger.getLogger(EngineEvents.class.getName());

    @Override
    public void onEngineEvent(EngineEvent event) {
        switch (event) {
            case EngineEvent.Ready ready -> LOG.log(Level.INFO, "Engine ready: {0}", ready.engine());
            case EngineEvent.Lost lost -> LOG.log(Level.WARNING, "Engine lost: {0}: {1}",
                    new Object[] {lost.engine(), lost.reason()});
            case EngineEvent.Degraded degraded -> LOG.log(Level.WARNING, "Engine degraded: {0}: {1}",
                    new Object[] {degraded.engine(), degraded.reason()});
            case EngineEvent.DeviceMemoryLow low -> LOG.log(Level.WARNING, "{0} has {1} of {2} bytes free",
                    new Object[] {low.engine(), low.freeBytes(), low.totalBytes()});
        }
    }
}
