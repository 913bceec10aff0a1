package io.millrace.tests.bench.serving;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The figures, one table for all rows. */
final class Report {

    private final List<String> lines = new ArrayList<>();
    private final List<String> notes = new ArrayList<>();
    private String row = "";

    void begin(String name) {
        row = name;
    }

    void figure(String what, String format, Object... values) {
        String line = "| " + row + " | " + what + " | " + String.format(Locale.ROOT, format, values) + " |";
        lines.add(line);
        System.out.println("  " + line);
    }

    void note(String note) {
        notes.add(row + ": " + note);
    }

    void print() {
        System.out.println("\n| row | what | figure |\n|---|---|---|");
        lines.forEach(System.out::println);
        System.out.println();
        notes.forEach(note -> System.out.println("- " + note));
    }

    /** The value that {@code part} of all are not above (nearest rank); not a number when there are none. */
    static double percentile(double part, double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        return sorted.length == 0 ? Double.NaN : sorted[Math.max(0, (int) Math.ceil(part * sorted.length) - 1)];
    }

    static double[] firstMillis(List<Heard> heard) {
        return heard.stream().mapToDouble(Heard::firstMillis).toArray();
    }

    /** Tokens of all answers that came to their end, by the time from the first request to the last end. */
    static double tokensPerSecond(List<Heard> heard) {
        long from = heard.stream().mapToLong(Heard::sentNanos).min().orElse(0);
        long to = heard.stream().mapToLong(Heard::endNanos).max().orElse(1);
        return heard.stream().mapToLong(Heard::tokens).sum() * 1e9 / (to - from);
    }

    static long done(List<Heard> heard) {
        return heard.stream().filter(Heard::done).count();
    }
}
