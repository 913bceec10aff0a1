package io.millrace.ejb.region;

import io.millrace.config.Regions.Cost;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.RemoteException;
import io.millrace.connector.remote.RemoteSpec;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.LongAdder;

/** A region with a server elsewhere, as it stands now. Thread-safe. */
final class Region {

    private final io.millrace.config.Regions.Region settings;
    private final int rank;
    private final Breaker breaker = new Breaker();
    private final Gate<Passage> gate;
    private final Silence betweenTokens;
    private final Silence beforeFirst;
    private volatile RemoteSpec spec;
    /** What its server says it serves; null while nobody has asked it. */
    private volatile List<String> listed;
    private volatile boolean drained;
    private volatile long lastGoodNanos;
    private final LongAdder failures = new LongAdder();
    private final LongAdder hedges = new LongAdder();
    private final LongAdder hedgesWon = new LongAdder();
    private volatile String trouble = "nothing is known of it yet";

    Region(io.millrace.config.Regions.Region settings, int rank, RemoteSpec spec, Gate<Passage> gate, Silence betweenTokens,
           Silence beforeFirst) {
        this.settings = settings;
        this.rank = rank;
        this.spec = spec;
        this.gate = gate;
        this.betweenTokens = betweenTokens;
        this.beforeFirst = beforeFirst;
    }

    String name() {
        return settings.name();
    }

    io.millrace.config.Regions.Region settings() {
        return settings;
    }

    Breaker breaker() {
        return breaker;
    }

    Gate<Passage> gate() {
        return gate;
    }

    Silence betweenTokens() {
        return betweenTokens;
    }

    Silence beforeFirst() {
        return beforeFirst;
    }

    RemoteSpec spec() {
        return spec;
    }

    /** What was found out by asking it. */
    void known(Dialect dialect, List<String> models) {
        RemoteSpec old = spec;
        spec = new RemoteSpec(old.name(), old.base(), dialect, old.key(), old.authorities(), old.connectTimeout(), old.http());
        listed = List.copyOf(models);
    }

    boolean isKnown() {
        return listed != null;
    }

    /** The names under which it can be asked for. */
    List<String> models() {
        List<String> own = listed;
        return !settings.models().isEmpty() ? settings.models().keySet().stream().sorted().toList() : own == null ? List.of() : own;
    }

    /**
     * What its server calls a model.
     *
     * @param model as the client calls it; null or empty: the default, which is the first
     * @return empty when it doesn't serve it
     */
    Optional<String> called(String model) {
        Map<String, String> names = settings.models();
        boolean any = model == null || model.isEmpty();
        if (!names.isEmpty()) {
            return any ? Optional.of(names.get(models().getFirst())) : Optional.ofNullable(names.get(model));
        }
        List<String> own = listed;
        if (own == null || own.isEmpty()) {
            // it has no list: it will say itself what it doesn't know
            return any ? Optional.of("default") : Optional.of(model);
        }
        return any ? Optional.of(own.getFirst()) : own.contains(model) ? Optional.of(model) : Optional.empty();
    }

    boolean takesCalls(long nowNanos) {
        return !drained && breaker.allows(nowNanos);
    }

    /** Whether calls go there as a matter of course, and not as a trial. */
    boolean inService() {
        return !drained && breaker.state() == Breaker.State.CLOSED;
    }

    boolean drained() {
        return drained;
    }

    void drain(boolean now) {
        drained = now;
    }

    RegionState state() {
        return new RegionState(name(), spec.base().toString(), spec.dialect().name().toLowerCase(Locale.ROOT),
                breaker.state().name().toLowerCase(Locale.ROOT), drained, breaker.state() == Breaker.State.CLOSED && isKnown() ? "" : trouble,
                gate.inside(), gate.waiting(), betweenTokens.deadlineNanos() / 1_000_000, breaker.opened(), models());
    }

    /** It serves a call. */
    void served(long pass, long nowNanos) {
        lastGoodNanos = nowNanos;
        breaker.served(pass, nowNanos);
    }

    /** It has served all of a call. */
    void good(long pass, long nowNanos) {
        lastGoodNanos = nowNanos;
        breaker.succeeded(pass, nowNanos);
    }

    /** A call failed there. */
    void bad(long pass, RemoteException why, long nowNanos) {
        trouble = why.getMessage();
        failures.increment();
        switch (why.code()) {
            case CONNECT -> breaker.failed(pass, nowNanos, Breaker.Severity.WHOLE_REGION);
            case BROKEN, GARBAGE -> breaker.failed(pass, nowNanos, Breaker.Severity.ONE_CALL);
            case UNAVAILABLE -> later(pass, why, nowNanos);
            case REFUSED_BUSY -> breaker.leaveAlone(nowNanos, 1000L * Math.clamp(why.retryAfterSeconds(), 1, 30));
            case AUTHENTICATION, PAYMENT -> breaker.leaveAlone(nowNanos, 30_000);
            // it is there and has read the call
            case CONTEXT_LENGTH, INVALID -> breaker.served(pass, nowNanos);
            case UNSUPPORTED, CLOSED -> breaker.toldNothing(pass, nowNanos);
        }
    }

    private void later(long pass, RemoteException why, long nowNanos) {
        if (why.retryAfterSeconds() > 0) {
            breaker.leaveAlone(nowNanos, 1000L * Math.clamp(why.retryAfterSeconds(), 1, 30));
        } else {
            breaker.failed(pass, nowNanos, Breaker.Severity.ONE_CALL);
        }
    }

    /** It said nothing for too long. */
    void silent(long pass, String what, long nowNanos) {
        trouble = what;
        failures.increment();
        breaker.failed(pass, nowNanos, Breaker.Severity.WHOLE_REGION);
    }

    long failures() {
        return failures.sum();
    }

    /** It is asked beside another one that is slow. */
    void hedged() {
        hedges.increment();
    }

    /** It was the first to say something. */
    void hedgeWon() {
        hedgesWon.increment();
    }

    long hedges() {
        return hedges.sum();
    }

    long hedgesWon() {
        return hedgesWon.sum();
    }

    String trouble() {
        return trouble;
    }

    long lastGoodNanos() {
        return lastGoodNanos;
    }

    Choosing.Candidate candidate(io.millrace.ejb.lane.Lane lane, boolean warm) {
        return new Choosing.Candidate(name(), rank, settings.weight(), settings.cost() == Cost.SPOT, gate.waitNanos(lane), warm);
    }
}
