package io.millrace.ejb.region;

import io.millrace.config.Configuration;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.ejb.cluster.Cluster;
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
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.eclipse.microprofile.metrics.MetricRegistry;

/** The life of the regions whose engines are servers elsewhere, as an EJB around the {@link Network}. Thread-safe. */
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

    private Network network;
    private Outbound outbound;
    private Probes probes;
    private ReclaimFiles reclaimFiles;
    /** Null: this node is alone. */
    private Hearsay hearsay;
    private ScheduledFuture<?> ticking;

    @PostConstruct
    void start() {
        io.millrace.config.Regions settings = configuration.regions();
        List<Region> remote = new ArrayList<>();
        // the engine in this process; null: it is none of the regions
        io.millrace.config.Regions.Region local = null;
        int localRank = 0;
        for (int rank = 0; rank < settings.all().size(); rank++) {
            io.millrace.config.Regions.Region each = settings.all().get(rank);
            if (each.embedded()) {
                local = each;
                localRank = rank;
            } else {
                remote.add(region(each, rank));
            }
        }
        network = new Network(remote, local == null ? null : local.name(), factory, settings.attempts(), settings.patience(), new Hedges(settings.hedges()));
        outbound = new Outbound(network, local, localRank);
        probes = new Probes(network, settings.probe());
        reclaimFiles = new ReclaimFiles(network);
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

    /** What calls go through: it is no bean, since the container's care for each call of a bean would cost more than what is done. */
    public Outbound outbound() {
        return outbound;
    }

    /** What became of a call that was to begin. */
    public enum Beginning { BEGUN, FULL, NOBODY }

    List<Region> all() {
        return network.all();
    }

    private void tick() {
        try {
            long now = System.nanoTime();
            reclaimFiles.look();
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

    @PreDestroy
    void stop() {
        network.end();
        if (ticking != null) {
            ticking.cancel(false);
        }
    }
}
