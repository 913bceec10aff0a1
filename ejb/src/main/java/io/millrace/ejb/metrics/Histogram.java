package io.millrace.ejb.metrics;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.DoubleAdder;
import java.util.concurrent.atomic.LongAdder;

/**
 * A Prometheus histogram of durations with explicit buckets, one series for each combination of its labels' values.
 * Thread-safe; recording takes no lock.
 */
public final class Histogram {

    /** Series beyond this many are counted together under the label value {@code other}: labels must not grow without end. */
    static final int MOST_SERIES = 200;

    private static final String OTHER = "other";

    private final String name;
    private final String help;
    private final double[] boundsSeconds;
    private final List<String> labels;
    private final Map<List<String>, Series> series = new ConcurrentHashMap<>();

    private static final class Series {
        private final LongAdder[] buckets;
        private final DoubleAdder sumSeconds = new DoubleAdder();

        Series(int size) {
            buckets = new LongAdder[size];
            Arrays.setAll(buckets, i -> new LongAdder());
        }
    }

    /**
     * @param name          ends in {@code _seconds}
     * @param boundsSeconds upper bounds of the buckets, ascending; the one to infinity is added
     * @param labels        names of the labels
     */
    public Histogram(String name, String help, double[] boundsSeconds, String... labels) {
        if (!name.matches("[a-z][a-z0-9_]*_seconds")) {
            throw new IllegalArgumentException("a histogram of durations is called ..._seconds, not " + name);
        }
        for (int i = 1; i < boundsSeconds.length; i++) {
            if (!(boundsSeconds[i - 1] < boundsSeconds[i])) {
                throw new IllegalArgumentException("bounds of " + name + " must ascend: " + Arrays.toString(boundsSeconds));
            }
        }
        this.name = name;
        this.help = help;
        this.boundsSeconds = boundsSeconds.clone();
        this.labels = List.of(labels);
    }

    /** Counts one duration under these values of the labels, in the labels' order. */
    public void record(Duration duration, String... labelValues) {
        record(duration.toNanos() / 1e9, labelValues);
    }

    /** Counts one duration in seconds. */
    public void record(double seconds, String... labelValues) {
        Series of = of(List.of(labelValues));
        int at = Arrays.binarySearch(boundsSeconds, seconds);
        // a bucket includes its upper bound
        of.buckets[at >= 0 ? at : -at - 1].increment();
        of.sumSeconds.add(seconds);
    }

    private Series of(List<String> values) {
        if (values.size() != labels.size()) {
            throw new IllegalArgumentException(name + " has the labels " + labels + ", not " + values.size() + " of them");
        }
        Series known = series.get(values);
        if (known != null) {
            return known;
        }
        List<String> key = series.size() < MOST_SERIES ? values : values.stream().map(value -> OTHER).toList();
        return series.computeIfAbsent(key, k -> new Series(boundsSeconds.length + 1));
    }

    /** Appends all series in Prometheus' text format (version 0.0.4). */
    public void write(StringBuilder out) {
        out.append("# HELP ").append(name).append(' ').append(help).append('\n');
        out.append("# TYPE ").append(name).append(" histogram\n");
        new ConcurrentSkipListMap<>(byText()).forEach((values, of) -> {
            long count = 0;
            for (int i = 0; i < of.buckets.length; i++) {
                count += of.buckets[i].sum();
                sample(out, "_bucket", values, i == boundsSeconds.length ? "+Inf" : Double.toString(boundsSeconds[i]));
                out.append(count).append('\n');
            }
            sample(out, "_sum", values, null);
            out.append(of.sumSeconds.sum()).append('\n');
            sample(out, "_count", values, null);
            out.append(count).append('\n');
        });
    }

    private Map<String, Series> byText() {
        Map<String, Series> byText = new ConcurrentHashMap<>();
        series.forEach((values, of) -> byText.put(text(values), of));
        return byText;
    }

    private String text(List<String> values) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < values.size(); i++) {
            text.append(i == 0 ? "" : ",").append(labels.get(i)).append("=\"")
                    .append(values.get(i).replace("\\", "\\\\").replace("\"", "\\\"").replace("\n", "\\n")).append('"');
        }
        return text.toString();
    }

    private void sample(StringBuilder out, String suffix, String values, String bound) {
        out.append(name).append(suffix);
        if (bound != null) {
            out.append('{').append(values).append(values.isEmpty() ? "" : ",").append("le=\"").append(bound).append("\"}");
        } else if (!values.isEmpty()) {
            out.append('{').append(values).append('}');
        }
        out.append(' ');
    }
}
