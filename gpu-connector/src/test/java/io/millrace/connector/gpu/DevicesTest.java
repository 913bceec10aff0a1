package io.millrace.connector.gpu;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class DevicesTest {

    @Test
    void aLookFindsDevicesOrSaysWhyThereAreNoneTimeAfterTime() {
        for (int look = 0; look < 3; look++) {
            Devices.Found found = Devices.look();
            assertEquals(found.devices().isEmpty(), !found.why().isEmpty(), found.toString());
        }
    }
}
