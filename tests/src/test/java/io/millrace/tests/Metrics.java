package io.millrace.tests;

/** Reads Prometheus' text format. */
public final class Metrics {

    private Metrics() {}

    /** The value of the first series called {@code name} on the page. */
    public static double value(String page, String name) {
        return page.lines().filter(line -> line.startsWith(name + "{") || line.startsWith(name + " "))
                .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
                .findFirst().orElseThrow(() -> new AssertionError(name + " is not on the page:\n" + page));
    }

    /** How much the series grew from one page to another. */
    public static double gained(String before, String after, String name) {
        return value(after, name) - value(before, name);
    }
}
