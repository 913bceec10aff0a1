package io.millrace.connector.jca;

import io.millrace.connector.gpu.Devices;
import jakarta.resource.spi.work.Work;
import java.util.logging.Level;
import java.util.logging.Logger;

/** Looks once for GPUs, off the start's path, and says in the log what it found. */
final class DeviceLook implements Work {

    private static final Logger LOG = Logger.getLogger(DeviceLook.class.getName());

    private final Runnable whenThereAreSome;

    DeviceLook(Runnable whenThereAreSome) {
        this.whenThereAreSome = whenThereAreSome;
    }

    @Override
    public void run() {
        Devices.Found found = Devices.look();
        if (found.devices().isEmpty()) {
            LOG.log(Level.INFO, "No GPU: {0}. Engines run on the processor.", found.why());
            return;
        }
        found.devices().forEach(device -> LOG.log(Level.INFO, "GPU {0}", device));
        whenThereAreSome.run();
    }

    @Override
    public void release() {
        // one short look; there is nothing to stop
    }
}
