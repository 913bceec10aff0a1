package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.http.Servers;
import jakarta.resource.spi.ActivationSpec;
import jakarta.resource.spi.BootstrapContext;
import jakarta.resource.spi.Connector;
import jakarta.resource.spi.ResourceAdapter;
import jakarta.resource.spi.ResourceAdapterInternalException;
import jakarta.resource.spi.TransactionSupport.TransactionSupportLevel;
import jakarta.resource.spi.UnavailableException;
import jakarta.resource.spi.endpoint.MessageEndpointFactory;
import jakarta.resource.spi.work.WorkException;
import java.io.Serializable;
import java.util.Map;
import java.util.Timer;
import java.util.concurrent.ConcurrentHashMap;
import java.util.logging.Level;
import java.util.logging.Logger;
import javax.transaction.xa.XAResource;

/**
 * The adapter's life: it starts with the container, looks for devices on the container's work manager, tells message
 * endpoints about engine events, keeps the sockets to other servers, and stops with the container (Connectors 2.1,
 * chapter 5). Thread-safe.
 */
@Connector(displayName = "Millrace GPU connector", vendorName = "Millrace", eisType = "LLM engine", version = "0.1",
        transactionSupport = TransactionSupportLevel.NoTransaction)
public class EngineResourceAdapter implements ResourceAdapter, Serializable {

    private static final long serialVersionUID = 1L;
    private static final Logger LOG = Logger.getLogger(EngineResourceAdapter.class.getName());

    private static final long DEVICE_LOOK_MS = 10_000;

    private transient BootstrapContext context;
    private transient volatile Timer deviceTimer;
    private transient Map<ActivationSpec, EndpointDelivery> endpoints;
    private final transient Servers servers = new Servers();

    @Override
    public void start(BootstrapContext bootstrap) throws ResourceAdapterInternalException {
        context = bootstrap;
        endpoints = new ConcurrentHashMap<>();
        try {
            bootstrap.getWorkManager().scheduleWork(new DeviceLook(() -> watchDevices(bootstrap)));
        } catch (WorkException e) {
            throw new ResourceAdapterInternalException("the container took no work from the GPU connector", e);
        }
        LOG.fine("GPU connector started");
    }

    private void watchDevices(BootstrapContext bootstrap) {
        try {
            deviceTimer = bootstrap.createTimer();
            deviceTimer.schedule(new DeviceMemoryWatch(this::tell), DEVICE_LOOK_MS, DEVICE_LOOK_MS);
        } catch (UnavailableException e) {
            LOG.log(Level.WARNING, "The container has no timer: nobody will hear when a device runs out of memory", e);
        }
    }

    @Override
    public void stop() {
        if (deviceTimer != null) {
            deviceTimer.cancel();
        }
        endpoints.values().forEach(EndpointDelivery::release);
        endpoints.clear();
        servers.close();
        LOG.fine("GPU connector stopped");
    }

    @Override
    public void endpointActivation(MessageEndpointFactory factory, ActivationSpec spec) {
        endpoints.put(spec, new EndpointDelivery(factory, context.getWorkManager()));
    }

    @Override
    public void endpointDeactivation(MessageEndpointFactory factory, ActivationSpec spec) {
        EndpointDelivery delivery = endpoints.remove(spec);
        if (delivery != null) {
            delivery.release();
        }
    }

    /** Events are not transactional: there is nothing to recover. */
    @Override
    public XAResource[] getXAResources(ActivationSpec[] specs) {
        return new XAResource[0];
    }

    /** Tells every active endpoint; never blocks on one. */
    void tell(EngineEvent event) {
        endpoints.values().forEach(delivery -> delivery.deliver(event));
    }

    /** Those that connections are open to. */
    Servers servers() {
        return servers;
    }

    @Override
    public boolean equals(Object other) {
        return this == other;
    }

    @Override
    public int hashCode() {
        return System.identityHashCode(this);
    }
}
