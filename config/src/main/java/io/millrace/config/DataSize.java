package io.millrace.config;

import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A number of bytes, written the way people read it: {@code 4MiB}.
 *
 * @param bytes not negative
 */
public record DataSize(long bytes) implements Comparable<DataSize> {
    static final String FORM = "a size such as 512B, 64KiB, 4MiB, 1GiB or 1TiB";

    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})(B|KiB|MiB|GiB|TiB)");

    private enum Unit {
        B, KiB, MiB, GiB, TiB;

        final long bytes = 1L << (10 * ordinal());
    }

    public DataSize {
        if (bytes < 0) {
            throw new IllegalArgumentException("a size must not be negative: " + bytes);
        }
    }

    /** @throws IllegalArgumentException when the text is no size, or one of 8 EiB or more */
    public static DataSize parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not " + FORM + ": " + text);
        }
        try {
            return new DataSize(Math.multiplyExact(Long.parseLong(parts.group(1)), Unit.valueOf(parts.group(2)).bytes));
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too large: " + text, e);
        }
    }

    @Override
    public int compareTo(DataSize other) {
        return Long.compare(bytes, other.bytes);
    }

    /** As people say it: {@code 4.7 GiB}, rounded to one decimal. */
    public String rounded() {
        int unit = 0;
        double amount = bytes;
        while (amount >= 1000 && unit < Unit.values().length - 1) {
            amount /= 1024;
            unit++;
        }
        return unit == 0 ? bytes + " B" : String.format(Locale.ROOT, "%.1f %s", amount, Unit.values()[unit]);
    }

    /** In the largest unit that takes no fraction; {@link #parse} reads it back to the same size. */
    @Override
    public String toString() {
        Unit unit = Unit.B;
        for (Unit larger : Unit.values()) {
            if (bytes > 0 && bytes % larger.bytes == 0) {
                unit = larger;
            }
        }
        return bytes / unit.bytes + unit.name();
    }
}
