package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class DownloadProgressTest {

    private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    private final PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
    private long now;

    private void second() {
        now += 1_000_000_000L;
    }

    private DownloadProgress onTerminal(boolean terminal) {
        return new DownloadProgress(new ProgressLine(out, terminal, () -> now), () -> now);
    }

    @Test
    void tellsPercentSpeedAndTimeLeft() {
        DownloadProgress progress = onTerminal(true);
        progress.at(0, 400_000_000);
        second();
        progress.at(20_000_000, 400_000_000);
        second();
        progress.at(40_000_000, 400_000_000);
        assertEquals("\r  0 %, 0.0 of 400.0 MB"
                + "\r  5 %, 20.0 of 400.0 MB, 20.0 MB/s, 19 s left"
                + "\r 10 %, 40.0 of 400.0 MB, 20.0 MB/s, 18 s left", bytes.toString(StandardCharsets.UTF_8));
    }

    @Test
    void writesOverALongerLineAndLeavesTheLastOne() {
        DownloadProgress progress = onTerminal(true);
        progress.at(1_000_000, -1);
        progress.tell("It broke off");
        assertEquals("\r1.0 MB\nIt broke off …\n", bytes.toString(StandardCharsets.UTF_8));
    }

    @Test
    void saysItNowAndThenWhereNobodyWatches() {
        DownloadProgress progress = onTerminal(false);
        for (int i = 0; i <= 25; i++) {
            progress.at(i * 1_000_000L, 100_000_000_000L);
            second();
        }
        assertEquals("  0 %, 10.0 of 100,000.0 MB, 1.0 MB/s, 27 h 46 min left\n  0 %, 20.0 of 100,000.0 MB, 1.0 MB/s, 27 h 46 min left\n",
                bytes.toString(StandardCharsets.UTF_8));
    }
}
