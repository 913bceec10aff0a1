package io.millrace.ejb.region;

import io.millrace.config.Configuration;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.ejb.cluster.Cluster;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.DependsOn;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.microprofile.metrics.MetricRegistry;

/**
 * The regions whose engines are servers elsewhere: which of them can serve what, and the calls that are under way there, as
 * an EJB around the {@link Network}. Thread-safe. Costs a call some short locks and one virtual thread for each choice.
 */
@Singleton
@Startup
@DependsOn("Cluster")
@ConcurrencyManagement(ConcurrencyManagementType.BEAN)
@TransactionManagement(TransactionManagementType.BEAN)
public class Regions {

    private static final Logger LOG = Logger.getLogger(Regions.class.getName());
    private static final Duration TICK = Duration.ofMillis(100);

    @Resource(lookup = "java:app/eis/remote")
    private RemoteConnectionFactory factory;
    @Resource
    private ManagedScheduledExecutorService timer;
    @Inject
    private Configuration configuration;
    @Inject
    private MetricRegistry registry;
    @Inject
    private Cluster cluster;

    /** The engine in this process; null: it is none of the regions. */
    private io.millrace.config.Regions.Region local;
    private int localRank;
    private Network network;
    private Probes probes;
    /** Null: this node is alone. */
    private Hearsay hearsay;
    private ScheduledFuture<?> ticking;

    @PostConstruct
    void start() {
        io.millrace.config.Regions settings = configuration.regions();
        List<Region> remote = new ArrayList<>();
        for (int rank = 0; rank < settings.all().size(); rank++) {
            io.millrace.config.Regions.Region each = settings.all().get(rank);
            if (each.embedded()) {
                local = each;
                localRank = rank;
            } else {
                remote.add(region(each, rank));
            }
        }
        network = new Network(remote, local == null ? null : local.name(), factory, settings.attempts(), settings.patience());
        probes = new Probes(network, settings.probe());
        if (!remote.isEmpty() && cluster.on()) {
            hearsay = new Hearsay(cluster.shelf("regions"), cluster.self(), cluster::nodes);
        }
        if (!remote.isEmpty()) {
            remote.forEach(new RegionGauges(registry)::show);
            remote.forEach(probes::ask);
            ticking = timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private Region region(io.millrace.config.Regions.Region each, int rank) {
        io.millrace.config.Regions settings = configuration.regions();
        return new Region(each, rank, Specs.of(each, settings.connectTimeout()),
                new Gate<>(each.calls(), configuration.lanes().reserved(), LaneBounds.of(configuration.lanes())),
                new Silence(settings.silenceLeast(), settings.silenceMost()), new Silence(Duration.ofSeconds(1), settings.firstToken()));
    }

    /** Whether there is a region elsewhere at all. */
    public boolean any() {
        return !network.all().isEmpty();
    }

    /** The name of the region that is the engine in this process; null when it is none of them. */
    public String localName() {
        return network.localName();
    }

    /** Names under which models can be asked for in regions elsewhere. */
    public List<String> models() {
        return network.all().stream().flatMap(region -> region.models().stream()).distinct().toList();
    }

    /** Whether a region elsewhere serves a model, be it able to now or not; null or empty: any. */
    public boolean knows(String model) {
        return network.all().stream().anyMatch(region -> region.called(model).isPresent());
    }

    /** What a client sees as the name of the model that serves it. */
    public String nameOf(String model) {
        return model != null && !model.isEmpty() ? model : models().stream().findFirst().orElse("default");
    }

    /** Why no region elsewhere can serve, in a sentence; empty when one can. */
    public Optional<String> notReadyBecause() {
        long now = System.nanoTime();
        if (network.all().stream().anyMatch(region -> region.isKnown() && region.takesCalls(now))) {
            return Optional.empty();
        }
        boolean starting = network.all().stream().anyMatch(region -> !region.isKnown() && region.breaker().opened() == 0);
        return Optional.of(starting ? "the regions are not asked yet" : "no region answers: " + String.join("; ",
                network.all().stream().map(region -> region.name() + ": " + (region.drained() ? "drained" : region.trouble())).toList()));
    }

    /** A call that may go through the regions; nothing is sent yet. */
    public Errand errand(Ask ask, long receivedNanos) {
        return new Errand(network, ask, receivedNanos);
    }

    /**
     * Whether a region elsewhere should have a call before the engine in this process does: when that is not asked for
     * first by the order of the names, or has no room.
     *
     * @param localWaitNanos how long the call would wait here; negative: it can't be served here
     */
    public boolean elsewhereFirst(Errand errand, long localWaitNanos) {
        List<Region> candidates = network.candidates(errand.ask(), errand.conversation());
        if (candidates.isEmpty() || localWaitNanos < 0) {
            return !candidates.isEmpty();
        }
        Region first = candidates.getFirst();
        List<Choosing.Candidate> both = List.of(first.candidate(errand.ask().lane(), network.warmth().is(errand.conversation(), first.name())), local(localWaitNanos, errand));
        return Choosing.order(both, errand.ask().lane(), errand.conversation()).getFirst().name().equals(first.name());
    }

    private Choosing.Candidate local(long waitNanos, Errand errand) {
        return new Choosing.Candidate(local.name(), localRank, local.weight(), local.cost() == io.millrace.config.Regions.Cost.SPOT, waitNanos,
                network.warmth().is(errand.conversation(), local.name()));
    }

    /** What became of a call that was to begin. */
    public enum Beginning { BEGUN, FULL, NOBODY }

    /** Sends a call to the region that suits it best, or to the next where that is full. */
    public Beginning begin(Errand errand) {
        return network.begin(errand);
    }

    /** A call has ended, however it did. */
    public void ended(Errand errand) {
        network.ended(errand);
    }

    /** How long it will probably take until a full lane has room for one more. */
    public Duration nextPlace(Lane lane) {
        return Duration.ofNanos(network.all().stream().mapToLong(region -> region.gate().placeNanos(lane)).min().orElse(0));
    }

    /** The engine in this process has begun a call of a conversation. */
    public void servedHere(Errand errand) {
        network.warmth().put(errand.conversation(), network.localName());
    }

    List<Region> all() {
        return network.all();
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            network.look(now);
            network.all().forEach(region -> probes.look(region, now));
            if (hearsay != null) {
                hearsay.exchange(network.all(), now, System.currentTimeMillis());
            }
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Looking after the regions failed", e);
        }
    }

    /** An operator takes a region out of service: calls that wait there go elsewhere, those that run finish. */
    public boolean drain(String name, boolean drained) {
        return network.drain(name, drained);
    }

    /** A region is about to vanish: nothing new goes there, and what runs there goes on elsewhere at once. */
    public boolean reclaim(String name) {
        return network.reclaim(name);
    }

    /** The regions elsewhere as they are now. */
    public List<RegionState> states() {
        return network.all().stream().map(Region::state).toList();
    }

    /** Every call that waits or runs elsewhere fails, none begins any more. Returns at once. */
    public void end() {
        network.end();
    }

    /** Calls of regions elsewhere whose threads have not ended. */
    public int open() {
        return network.open();
    }

    @PreDestroy
    void stop() {
        end();
        if (ticking != null) {
            ticking.cancel(false);
        }
    }
}
