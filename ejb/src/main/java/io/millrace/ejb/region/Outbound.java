package io.millrace.ejb.region;

import io.millrace.ejb.lane.Lane;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * The way of calls to regions elsewhere: which of them can serve what, and which one has a call. Thread-safe. Costs a call some
 * short locks and one virtual thread for each choice.
 */
public final class Outbound {

    private final Network network;
    /** The engine in this process; null: it is none of the regions. */
    private final io.millrace.config.Regions.Region local;
    private final int localRank;

    Outbound(Network network, io.millrace.config.Regions.Region local, int localRank) {
        this.network = network;
        this.local = local;
        this.localRank = localRank;
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

    /** Sends a call to the region that suits it best, or to the next where that is full. */
    public Regions.Beginning begin(Errand errand) {
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

    /** Every call that waits or runs elsewhere fails, none begins any more. Returns at once. */
    public void end() {
        network.end();
    }

    /** Calls of regions elsewhere whose threads have not ended. */
    public int open() {
        return network.open();
    }
}
