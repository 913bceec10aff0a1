package io.millrace.ejb.region;

import io.millrace.config.Configuration;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import jakarta.annotation.PostConstruct;
import jakarta.annotation.PreDestroy;
import jakarta.annotation.Resource;
import jakarta.ejb.ConcurrencyManagement;
import jakarta.ejb.ConcurrencyManagementType;
import jakarta.ejb.Singleton;
import jakarta.ejb.Startup;
import jakarta.ejb.TransactionManagement;
import jakarta.ejb.TransactionManagementType;
import jakarta.enterprise.concurrent.ManagedScheduledExecutorService;
import jakarta.inject.Inject;
import jakarta.resource.ResourceException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.microprofile.metrics.MetricRegistry;

/**
 * The regions whose engines are servers elsewhere: which of them can serve what, and the calls that are under way there.
 * Thread-safe. Costs a call some short locks and one virtual thread for each choice.
 */
@Singleton
@Startup
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

    private final Set<Errand> underWay = ConcurrentHashMap.newKeySet();
    private final Set<Passage> running = ConcurrentHashMap.newKeySet();
    private final Warmth warmth = new Warmth();
    private final Object change = new Object();
    private long changes;
    private List<Region> all = List.of();
    private String localName;
    private Probes probes;
    private ScheduledFuture<?> ticking;
    private volatile boolean ending;

    @PostConstruct
    void start() {
        io.millrace.config.Regions settings = configuration.regions();
        List<Region> remote = new ArrayList<>();
        for (int rank = 0; rank < settings.all().size(); rank++) {
            io.millrace.config.Regions.Region each = settings.all().get(rank);
            if (each.embedded()) {
                localName = each.name();
            } else {
                remote.add(region(each, rank));
            }
        }
        all = List.copyOf(remote);
        probes = new Probes(this, settings.probe());
        if (!all.isEmpty()) {
            all.forEach(new RegionGauges(registry)::show);
            all.forEach(probes::ask);
            ticking = timer.scheduleWithFixedDelay(this::tick, TICK.toMillis(), TICK.toMillis(), TimeUnit.MILLISECONDS);
        }
    }

    private Region region(io.millrace.config.Regions.Region each, int rank) {
        io.millrace.config.Regions settings = configuration.regions();
        Map<Lane, LaneBounds> bounds = new EnumMap<>(Lane.class);
        for (Lane lane : Lane.values()) {
            bounds.put(lane, new LaneBounds(configuration.lanes().capacities().get(lane.ordinal()), configuration.lanes().tokens(),
                    configuration.lanes().weights().get(lane.ordinal())));
        }
        return new Region(each, rank, Specs.of(each, settings.connectTimeout()),
                new Gate<>(each.calls(), configuration.lanes().reserved(), bounds),
                new Silence(settings.silenceLeast(), settings.silenceMost()), new Silence(Duration.ofSeconds(1), settings.firstToken()));
    }

    /** Whether there is a region elsewhere at all. */
    public boolean any() {
        return !all.isEmpty();
    }

    /** The name of the region that is the engine in this process; null when it is none of them. */
    public String localName() {
        return localName;
    }

    /** Names under which models can be asked for in regions elsewhere. */
    public List<String> models() {
        return all.stream().flatMap(region -> region.models().stream()).distinct().toList();
    }

    /** Whether a region elsewhere serves a model, be it able to now or not; null or empty: any. */
    public boolean knows(String model) {
        return all.stream().anyMatch(region -> region.called(model).isPresent());
    }

    /** What a client sees as the name of the model that serves it. */
    public String nameOf(String model) {
        return model != null && !model.isEmpty() ? model : models().stream().findFirst().orElse("default");
    }

    /** Why no region elsewhere can serve, in a sentence; empty when one can. */
    public Optional<String> notReadyBecause() {
        long now = System.nanoTime();
        if (all.stream().anyMatch(region -> region.isKnown() && region.takesCalls(now))) {
            return Optional.empty();
        }
        boolean starting = all.stream().anyMatch(region -> !region.isKnown() && region.breaker().opened() == 0);
        return Optional.of(starting ? "the regions are not asked yet" : "no region answers: " + String.join("; ",
                all.stream().map(region -> region.name() + ": " + (region.drained() ? "drained" : region.trouble())).toList()));
    }

    /** A call that may go through the regions; nothing is sent yet. */
    public Errand errand(Ask ask, long receivedNanos) {
        return new Errand(this, ask, receivedNanos);
    }

    /**
     * Whether a region elsewhere should have a call before the engine in this process does: when that is not asked for
     * first by the order of the names, or has no room.
     *
     * @param localWaitNanos how long the call would wait here; negative: it can't be served here
     */
    public boolean elsewhereFirst(Errand errand, long localWaitNanos) {
        List<Region> candidates = candidates(errand.ask(), errand.conversation());
        if (candidates.isEmpty() || localWaitNanos < 0) {
            return !candidates.isEmpty();
        }
        Region first = candidates.getFirst();
        List<Choosing.Candidate> both = List.of(first.candidate(errand.ask().lane(), warmth.is(errand.conversation(), first.name())), local(localWaitNanos, errand));
        return Choosing.order(both, errand.ask().lane(), errand.conversation()).getFirst().name().equals(first.name());
    }

    private Choosing.Candidate local(long waitNanos, Errand errand) {
        for (int rank = 0; rank < configuration.regions().all().size(); rank++) {
            io.millrace.config.Regions.Region each = configuration.regions().all().get(rank);
            if (each.embedded()) {
                return new Choosing.Candidate(each.name(), rank, each.weight(), each.cost() == io.millrace.config.Regions.Cost.SPOT, waitNanos,
                        warmth.is(errand.conversation(), each.name()));
            }
        }
        throw new IllegalStateException("the engine in this process is none of the regions");
    }

    /** What became of a call that was to begin. */
    public enum Beginning { BEGUN, FULL, NOBODY }

    /** Sends a call to the region that suits it best, or to the next where that is full. */
    public Beginning begin(Errand errand) {
        List<Region> candidates = candidates(errand.ask(), errand.conversation());
        track(errand);
        for (Region region : candidates) {
            if (errand.begin(region)) {
                return Beginning.BEGUN;
            }
        }
        underWay.remove(errand);
        return candidates.isEmpty() ? Beginning.NOBODY : Beginning.FULL;
    }

    /** A call may have passages from now on. */
    void track(Errand errand) {
        underWay.add(errand);
    }

    /** A call has ended, however it did. */
    public void ended(Errand errand) {
        underWay.remove(errand);
    }

    /** How long it will probably take until a full lane has room for one more. */
    public Duration nextPlace(Lane lane) {
        return Duration.ofNanos(all.stream().mapToLong(region -> region.gate().placeNanos(lane)).min().orElse(0));
    }

    /** Regions elsewhere that take calls for a model now, the best one first. */
    List<Region> candidates(Ask ask, long conversation) {
        long now = System.nanoTime();
        Map<String, Region> byName = new HashMap<>();
        List<Choosing.Candidate> candidates = new ArrayList<>();
        for (Region region : all) {
            if (region.takesCalls(now) && region.called(ask.model()).isPresent()) {
                byName.put(region.name(), region);
                candidates.add(region.candidate(ask.lane(), warmth.is(conversation, region.name())));
            }
        }
        return Choosing.order(candidates, ask.lane(), conversation).stream().map(each -> byName.get(each.name())).toList();
    }

    /** @throws RemoteException also where the pool has none left */
    RemoteConnection connect(RemoteSpec spec) throws RemoteException {
        try {
            return factory.getConnection(spec);
        } catch (ResourceException e) {
            for (Throwable cause = e; cause != null; cause = cause.getCause()) {
                if (cause instanceof RemoteException remote) {
                    throw remote;
                }
            }
            throw new RemoteException(RemoteException.Code.UNAVAILABLE, "no connection to " + spec.name() + ": " + e.getMessage(), e);
        }
    }

    /** Runs a passage that has passed a gate. */
    void start(Passage passage) {
        running.add(passage);
        RegionThreads.start("region-call", () -> {
            try {
                passage.run();
            } finally {
                running.remove(passage);
            }
        });
    }

    /** A passage has left a region; those that waited for its place begin. */
    void left(Region region, Passage passage) {
        List<Passage> next = region.gate().leave(passage, System.nanoTime());
        for (Passage each : next) {
            if (each.begins(region)) {
                start(each);
            } else {
                left(region, each);
            }
        }
    }

    /** It waits no more. */
    void forget(Passage passage) {
        all.forEach(region -> region.gate().removeIf(each -> each == passage));
    }

    void servedBy(long conversation, Region region) {
        warmth.put(conversation, region.name());
    }

    /** The engine in this process has begun a call of a conversation. */
    public void servedHere(Errand errand) {
        warmth.put(errand.conversation(), localName);
    }

    int mostAttempts() {
        return configuration.regions().attempts();
    }

    long patienceNanos() {
        return configuration.regions().patience().toNanos();
    }

    /** Something became better or worse: who waits for a region may look again. */
    void changed() {
        synchronized (change) {
            changes++;
            change.notifyAll();
        }
    }

    /** Returns when a region may take calls that did not before, or after so long. */
    void awaitChange(long mostNanos) throws InterruptedException {
        long until = System.nanoTime() + mostNanos;
        synchronized (change) {
            long before = changes;
            for (long left = mostNanos; changes == before && left > 0; left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(change, left);
            }
        }
    }

    List<Region> all() {
        return all;
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            boolean trial = false;
            for (Region region : all) {
                region.gate().expire(now).forEach(Passage::expired);
                if (!region.takesCalls(now)) {
                    region.gate().removeIf(Passage::moves);
                }
                trial |= region.breaker().wantsTrial(now);
                probes.look(region, now);
            }
            if (trial) {
                changed();
            }
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "Looking after the regions failed", e);
        }
    }

    /** An operator takes a region out of service: calls that wait there go elsewhere, those that run finish. */
    public boolean drain(String name, boolean drained) {
        Optional<Region> region = all.stream().filter(each -> each.name().equals(name)).findFirst();
        region.ifPresent(each -> each.drain(drained));
        changed();
        return region.isPresent();
    }

    /** A region is about to vanish: nothing new goes there, and what runs there goes on elsewhere at once. */
    public boolean reclaim(String name) {
        boolean known = drain(name, true);
        all.stream().filter(region -> region.name().equals(name)).forEach(region -> running.forEach(passage -> passage.leave(region)));
        return known;
    }

    /** The regions elsewhere as they are now. */
    public List<RegionState> states() {
        return all.stream().map(Region::state).toList();
    }

    /** Every call that waits or runs elsewhere fails, none begins any more. Returns at once. */
    public void end() {
        ending = true;
        underWay.forEach(Errand::stop);
        changed();
    }

    /** Calls of regions elsewhere whose threads have not ended. */
    public int open() {
        return running.size();
    }

    @PreDestroy
    void stop() {
        end();
        if (ticking != null) {
            ticking.cancel(false);
        }
    }

    boolean ending() {
        return ending;
    }
}
