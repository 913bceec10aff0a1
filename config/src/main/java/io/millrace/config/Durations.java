package io.millrace.config;

import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations, written the way people read them: {@code 500ms}, {@code 5s}, {@code 2m}, {@code 1h}, {@code 1d}. */
public final class Durations {
    static final String FORM = "a duration such as 500ms, 5s, 2m, 1h or 1d";

    private static final Pattern TEXT = Pattern.compile("(\\d{1,18})(ms|s|m|h|d)");

    private enum Unit {
        ms(1), s(1_000), m(60_000), h(3_600_000), d(86_400_000);

        final long millis;

        Unit(long millis) {
            this.millis = millis;
        }
    }

    private Durations() {}

    /** @throws IllegalArgumentException when the text is no duration, or one too long to count in milliseconds */
    public static Duration parse(String text) {
        Matcher parts = TEXT.matcher(text);
        if (!parts.matches()) {
            throw new IllegalArgumentException("not " + FORM + ": " + text);
        }
        try {
            long millis = Math.multiplyExact(Long.parseLong(parts.group(1)), Unit.valueOf(parts.group(2)).millis);
            return Duration.ofMillis(millis);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException("too long: " + text, e);
        }
    }

    /** In the largest unit that takes no fraction; {@link #parse} reads whole milliseconds back to the same duration. */
    public static String format(Duration duration) {
        long millis = duration.toMillis();
        Unit unit = Unit.ms;
        for (Unit larger : Unit.values()) {
            if (millis > 0 && millis % larger.millis == 0) {
                unit = larger;
            }
        }
        return millis / unit.millis + unit.name();
    }
}
