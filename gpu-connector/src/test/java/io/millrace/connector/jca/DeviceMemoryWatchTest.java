package io.millrace.connector.jca;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.connector.engine.EngineEvent;
import io.millrace.connector.gpu.Devices.Device;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DeviceMemoryWatchTest {

    private final List<EngineEvent> told = new ArrayList<>();
    private final DeviceMemoryWatch watch = new DeviceMemoryWatch(told::add);

    @Test
    void tellsOfALowDeviceOnceUntilItHadEnoughAgain() {
        look(50, 4, 4, 7, 3);
        assertEquals(1, told.size());
        look(10, 4);
        assertEquals(2, told.size());
    }

    @Test
    void keepsDevicesApart() {
        watch.look(List.of(device(0, 4), device(1, 4)));
        assertEquals(2, told.size());
    }

    private void look(long... freeBytes) {
        for (long free : freeBytes) {
            watch.look(List.of(device(0, free)));
        }
    }

    private static Device device(int index, long freeBytes) {
        return new Device(index, "test", 100, freeBytes, Optional.empty());
    }
}
