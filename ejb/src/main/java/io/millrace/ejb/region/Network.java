package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteConnectionFactory;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import jakarta.resource.ResourceException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The regions elsewhere and the calls that wait and run there. Thread-safe. Runs each choice on a virtual thread of its
 * own; somebody has to {@link #look} after it about ten times a second.
 */
class Network {

    private final List<Region> all;
    private final String localName;
    private final RemoteConnectionFactory factory;
    private final int mostAttempts;
    private final long patienceNanos;
    private final Warmth warmth = new Warmth();
    private final Hedges hedges;
    private final AtomicInteger hedging = new AtomicInteger();
    private final Set<Errand> underWay = ConcurrentHashMap.newKeySet();
    /** By run, for a passage may be on its next thread before its last one has ended. */
    private final Map<Object, Passage> running = new ConcurrentHashMap<>();
    private final Object change = new Object();
    private long changes;
    private volatile boolean ending;

    /**
     * @param localName    of the region that is the engine in this process; null: it is none
     * @param mostAttempts how many times an answer may be taken up again without a word more
     * @param patience     how long a call waits for a region to come back when none can serve
     * @param hedges       which calls may be asked of two regions at once
     */
    Network(List<Region> all, String localName, RemoteConnectionFactory factory, int mostAttempts, Duration patience, Hedges hedges) {
        this.hedges = hedges;
        this.all = List.copyOf(all);
        this.localName = localName;
        this.factory = factory;
        this.mostAttempts = mostAttempts;
        this.patienceNanos = patience.toNanos();
    }

    List<Region> all() {
        return all;
    }

    String localName() {
        return localName;
    }

    Warmth warmth() {
        return warmth;
    }

    Hedges hedges() {
        return hedges;
    }

    int mostAttempts() {
        return mostAttempts;
    }

    long patienceNanos() {
        return patienceNanos;
    }

    /** Sends a call to the region that suits it best, or to the next where that is full. */
    Regions.Beginning begin(Errand errand) {
        List<Region> candidates = candidates(errand.ask(), errand.conversation());
        if (candidates.isEmpty() || !takes(errand)) {
            return Regions.Beginning.NOBODY;
        }
        for (Region region : candidates) {
            if (errand.begin(region)) {
                return Regions.Beginning.BEGUN;
            }
        }
        ended(errand);
        return Regions.Beginning.FULL;
    }

    /** From now on {@link #end} ends this call too; false when it is too late for that. */
    boolean takes(Errand errand) {
        underWay.add(errand);
        if (ending) {
            underWay.remove(errand);
        }
        return !ending;
    }

    void ended(Errand errand) {
        underWay.remove(errand);
    }

    /** Regions that take calls for a model now, the best one first. */
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

    /** Runs a passage that has a place in a region. */
    void start(Passage passage) {
        Object run = new Object();
        running.put(run, passage);
        RegionThreads.start("region-call", () -> {
            try {
                passage.run();
            } finally {
                running.remove(run);
            }
        });
    }

    /** Runs what is asked beside a passage. */
    void start(Hedge hedge) {
        hedging.incrementAndGet();
        RegionThreads.start("region-hedge", () -> {
            try {
                hedge.run();
            } finally {
                hedging.decrementAndGet();
            }
        });
    }

    /** A passage has left a region; those that waited for its place begin. */
    void left(Region region, Passage passage) {
        Deque<Passage> gone = new ArrayDeque<>(List.of(passage));
        for (Passage next = gone.poll(); next != null; next = gone.poll()) {
            for (Passage each : region.gate().leave(next, System.nanoTime())) {
                if (each.begins(region)) {
                    start(each);
                } else {
                    gone.add(each);
                }
            }
        }
    }

    /** It waits no more. */
    void forget(Passage passage) {
        all.forEach(region -> region.gate().remove(passage));
        changed();
    }

    /** Something became better or worse: who waits for a region may look again. */
    void changed() {
        synchronized (change) {
            changes++;
            change.notifyAll();
        }
    }

    /** How often something has changed. */
    long changes() {
        synchronized (change) {
            return changes;
        }
    }

    /**
     * Returns when something has changed, or after so long.
     *
     * @param seen {@link #changes} from before it was found that nobody can serve: no change after that is missed
     */
    void awaitChange(long seen, long mostNanos) throws InterruptedException {
        long until = System.nanoTime() + mostNanos;
        synchronized (change) {
            for (long left = mostNanos; changes == seen && left > 0; left = until - System.nanoTime()) {
                TimeUnit.NANOSECONDS.timedWait(change, left);
            }
        }
    }

    /** Ends waiting that was in vain, and wakes who waits for a trial. To be called again and again. */
    void look(long nowNanos) {
        boolean trial = false;
        for (Region region : all) {
            region.gate().expire(nowNanos).forEach(Passage::expired);
            if (!region.takesCalls(nowNanos)) {
                region.gate().waiters().forEach(waiter -> waiter.moveFrom(region));
            }
            trial |= region.breaker().wantsTrial(nowNanos);
        }
        if (trial) {
            changed();
        }
    }

    /** Calls that wait in a region go elsewhere, those that run finish. */
    boolean drain(String name, boolean drained) {
        List<Region> named = all.stream().filter(each -> each.name().equals(name)).toList();
        named.forEach(each -> each.drain(drained));
        changed();
        return !named.isEmpty();
    }

    /** Nothing new goes there, and what runs there goes on elsewhere at once. */
    boolean reclaim(String name) {
        boolean known = drain(name, true);
        all.stream().filter(region -> region.name().equals(name)).forEach(region -> running.values().forEach(passage -> passage.leave(region)));
        return known;
    }

    /** Every call that waits or runs elsewhere fails, none begins any more. Returns at once. */
    void end() {
        ending = true;
        underWay.forEach(Errand::stop);
        changed();
    }

    boolean ending() {
        return ending;
    }

    /** Choices whose threads have not ended. */
    int open() {
        return running.size() + hedging.get();
    }
}
