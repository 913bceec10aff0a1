package io.millrace.ejb.metrics;

import io.millrace.ejb.audit.CallRecord;
import jakarta.annotation.PostConstruct;
import jakarta.enterprise.context.ApplicationScoped;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.IntSupplier;
import org.eclipse.microprofile.metrics.Counter;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** What each call took, seen from the intake. Labels take few values: model, lane, outcome. Thread-safe. */
@ApplicationScoped
public class CallMetrics {

    private static final double[] TTFT_BOUNDS_SECONDS =
            {0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120};
    private static final double[] TPOT_BOUNDS_SECONDS =
            {0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5};
    private static final double[] CALL_BOUNDS_SECONDS =
            {0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600};

    private final Histogram timeToFirstToken = new Histogram("gen_ai_server_time_to_first_token_seconds",
            "Time from a call's receipt to its first token.", TTFT_BOUNDS_SECONDS, "model", "lane");
    private final Histogram timePerOutputToken = new Histogram("gen_ai_server_time_per_output_token_seconds",
            "Time per token of an answer after the first.", TPOT_BOUNDS_SECONDS, "model", "lane");
    private final Histogram duration = new Histogram("gen_ai_server_request_duration_seconds",
            "Time from a call's receipt to its end.", CALL_BOUNDS_SECONDS, "model", "lane", "outcome");
    private final Histogram queued = new Histogram("millrace_lane_wait_seconds",
            "Time from a call's receipt to its first step.", CALL_BOUNDS_SECONDS, "lane");
    private final Map<String, Counter> tokens = new ConcurrentHashMap<>();

    @Inject
    private MetricRegistry registry;
    @Inject
    private Histograms histograms;

    @PostConstruct
    void show() {
        histograms.show(timeToFirstToken);
        histograms.show(timePerOutputToken);
        histograms.show(duration);
        histograms.show(queued);
    }

    /** Has the number of calls in flight shown, asked for whenever somebody looks. */
    public void showInFlight(IntSupplier inFlight) {
        registry.gauge(Metadata.builder().withName("millrace_calls_in_flight")
                .withDescription("Calls that are not written to their last byte.").build(), inFlight::getAsInt);
    }

    /** A call that was taken has ended, however it did. */
    public void ended(CallRecord call) {
        duration.record(call.total(), call.model(), call.lane(), call.outcome());
        queued.record(call.queued(), call.lane());
        if (call.firstToken() != null) {
            timeToFirstToken.record(call.firstToken(), call.model(), call.lane());
            Duration generating = call.total().minus(call.firstToken());
            if (call.completionTokens() > 1) {
                timePerOutputToken.record(generating.dividedBy(call.completionTokens() - 1), call.model(), call.lane());
            }
        }
        count("input", call.model(), call.promptTokens());
        count("output", call.model(), call.completionTokens());
    }

    private void count(String type, String model, int amount) {
        tokens.computeIfAbsent(type + ' ' + model, _ -> registry.counter(
                Metadata.builder().withName("gen_ai_server_token_usage_total")
                        .withDescription("Tokens of prompts (input) and of answers (output).").build(),
                new Tag("type", type), new Tag("model", model))).inc(amount);
    }
}
