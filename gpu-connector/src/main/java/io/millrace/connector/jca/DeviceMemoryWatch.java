package io.millrace.connector.jca;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.gpu.Devices;
import io.millrace.connector.gpu.Devices.Device;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.TimerTask;
import java.util.function.Consumer;

/** Tells when a device runs out of memory: once, and again only after it had enough in between. Owned by the timer's thread. */
final class DeviceMemoryWatch extends TimerTask {

    /** Less than one part in this many is low; it is enough again at twice that. */
    private static final long LOW_PARTS = 20;
    private static final long ENOUGH_PARTS = 10;

    private final Consumer<EngineEvent> events;
    private final Set<Integer> low = new HashSet<>();

    DeviceMemoryWatch(Consumer<EngineEvent> events) {
        this.events = events;
    }

    @Override
    public void run() {
        look(Devices.look().devices());
    }

    void look(List<Device> devices) {
        for (Device device : devices) {
            if (device.freeBytes() < device.totalBytes() / LOW_PARTS) {
                if (low.add(device.index())) {
                    events.accept(new EngineEvent.DeviceMemoryLow("GPU " + device.index() + " " + device.name(),
                            device.freeBytes(), device.totalBytes()));
                }
            } else if (device.freeBytes() >= device.totalBytes() / ENOUGH_PARTS) {
                low.remove(device.index());
            }
        }
    }
}
