package io.millrace.ejb.metrics;

import jakarta.enterprise.context.ApplicationScoped;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** All histograms of this server. Thread-safe. */
@ApplicationScoped
public class Histograms {

    private final List<Histogram> all = new CopyOnWriteArrayList<>();

    /** Has {@code histogram} shown from now on. */
    public Histogram show(Histogram histogram) {
        all.add(histogram);
        return histogram;
    }

    /** All of them in Prometheus' text format. */
    public String text() {
        StringBuilder text = new StringBuilder();
        all.forEach(histogram -> histogram.write(text));
        return text.toString();
    }
}
