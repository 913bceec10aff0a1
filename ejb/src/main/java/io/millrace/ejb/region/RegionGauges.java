package io.millrace.ejb.region;

import java.util.function.ToDoubleFunction;
import org.eclipse.microprofile.metrics.Metadata;
import org.eclipse.microprofile.metrics.MetricRegistry;
import org.eclipse.microprofile.metrics.Tag;

/** How the regions elsewhere are at this moment, read when somebody asks. Thread-safe. */
final class RegionGauges {

    private final MetricRegistry registry;

    RegionGauges(MetricRegistry registry) {
        this.registry = registry;
    }

    void show(Region region) {
        gauge(region, "millrace_region_in_service", "1; 0 while a region's breaker is not closed or it is drained.",
                one -> one.inService() ? 1 : 0);
        gauge(region, "millrace_region_running", "Calls under way in a region.", one -> one.gate().inside());
        gauge(region, "millrace_region_waiting", "Calls that wait in the lanes of a region.", one -> one.gate().waiting());
        gauge(region, "millrace_region_breaker_opened", "How often a region was taken out of service because it failed.",
                one -> one.breaker().opened());
        gauge(region, "millrace_region_silence_seconds", "Silence between two tokens after which another region goes on.",
                one -> one.betweenTokens().deadlineNanos() / 1e9);
        gauge(region, "millrace_region_hedges", "Calls that a region was asked beside another one that was slow.", Region::hedges);
        gauge(region, "millrace_region_hedges_won", "Of these, those in which it was the first to say something.", Region::hedgesWon);
        gauge(region, "millrace_region_failures", "Calls that failed in a region, each attempt counted.", Region::failures);
    }

    private void gauge(Region region, String name, String help, ToDoubleFunction<Region> value) {
        registry.gauge(Metadata.builder().withName(name).withDescription(help).build(), region, value::applyAsDouble,
                new Tag("region", region.name()));
    }
}
