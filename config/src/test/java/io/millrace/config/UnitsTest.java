package io.millrace.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.AlphaChars;
import net.jqwik.api.constraints.LongRange;
import net.jqwik.api.constraints.StringLength;
import org.junit.jupiter.api.Test;

class UnitsTest {
    @Property
    void sizesReadBackAsTheyWereWritten(@ForAll @LongRange(min = 0) long bytes) {
        // beyond 18 digits only whole units are read
        DataSize size = new DataSize(bytes >= 1_000_000_000_000_000_000L ? bytes >> 40 << 40 : bytes);
        assertEquals(size, DataSize.parse(size.toString()));
    }

    @Property
    void durationsReadBackAsTheyWereWritten(@ForAll @LongRange(min = 0, max = 999_999_999_999_999_999L) long millis) {
        Duration duration = Duration.ofMillis(millis);
        assertEquals(duration, Durations.parse(Durations.format(duration)));
    }

    @Property
    void theSpellingDistanceIsAMetric(@ForAll @AlphaChars @StringLength(max = 12) String a,
                                      @ForAll @AlphaChars @StringLength(max = 12) String b,
                                      @ForAll @AlphaChars @StringLength(max = 12) String c) {
        assertEquals(a.equals(b), Spelling.edits(a, b) == 0);
        assertEquals(Spelling.edits(a, b), Spelling.edits(b, a));
        assertTrue(Spelling.edits(a, c) <= Spelling.edits(a, b) + Spelling.edits(b, c));
    }

    @Test
    void peopleReadOneDecimal() {
        assertEquals("0 B", new DataSize(0).rounded());
        assertEquals("999 B", new DataSize(999).rounded());
        assertEquals("1.0 KiB", new DataSize(1000).rounded());
        assertEquals("4.7 GiB", new DataSize(5_027_783_872L).rounded());
        assertEquals("8388608.0 TiB", new DataSize(Long.MAX_VALUE).rounded());
    }

    @Test
    void writtenInTheLargestUnitWithoutAFraction() {
        assertEquals("4MiB", new DataSize(4L << 20).toString());
        assertEquals("1025B", new DataSize(1025).toString());
        assertEquals("0B", new DataSize(0).toString());
        assertEquals("2m", Durations.format(Duration.ofSeconds(120)));
        assertEquals("1500ms", Durations.format(Duration.ofMillis(1500)));
        assertEquals("0ms", Durations.format(Duration.ZERO));
    }

    @Test
    void refusesWhatIsAmbiguousOrTooLarge() {
        for (String text : new String[] {"", "5", "5 s", "-5s", "1.5s", "5S", "5min", "999999999999999999d"}) {
            assertThrows(IllegalArgumentException.class, () -> Durations.parse(text), text);
        }
        for (String text : new String[] {"", "5", "4MB", "4mib", "-4MiB", "8388608TiB"}) {
            assertThrows(IllegalArgumentException.class, () -> DataSize.parse(text), text);
        }
    }
}
