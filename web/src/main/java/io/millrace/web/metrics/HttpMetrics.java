package io.millrace.web.metrics;

import io.millrace.ejb.metrics.Histogram;
import io.millrace.ejb.metrics.Histograms;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** Requests as HTTP sees them. Both labels take few values: a resource's own path, a status code. Thread-safe. */
@ApplicationScoped
public class HttpMetrics {

    private static final Metadata REQUESTS = Metadata.builder().withName("millrace_http_requests_total")
            .withDescription("Requests answered, by endpoint and HTTP status (0: the client hung up).").build();

    /** From a model's first token to a long answer. */
    private static final double[] BOUNDS_SECONDS = {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};

    private final ConcurrentMap<String, Counter> counters = new ConcurrentHashMap<>();
    private final Histogram durations = new Histogram("millrace_http_request_duration_seconds",
            "Time from a request's arrival to its answer's last byte.", BOUNDS_SECONDS, "endpoint");

    @Inject
    private MetricRegistry registry;

    @Inject
    private Histograms histograms;

    @PostConstruct
    void show() {
        histograms.show(durations);
    }

    /** A request has been answered by the resource at {@code endpoint}. */
    public void answered(String endpoint, int status, Duration duration) {
        count(endpoint, status);
        durations.record(duration, endpoint);
    }

    /** A request was refused before any resource had it; {@code where} says by whom. */
    public void refused(String where, int status) {
        count(where, status);
    }

    private void count(String endpoint, int status) {
        counters.computeIfAbsent(endpoint + ' ' + status, key -> registry.counter(REQUESTS,
                new Tag("endpoint", endpoint), new Tag("status", Integer.toString(status)))).inc();
    }
}
