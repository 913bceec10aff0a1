package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Waiter;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One choice of a call on its way: waits at a region's gate without a thread, then runs on one of its own, and goes on in
 * another region when this one fails, with what was said so far as the beginning of the answer.
 */
final class Passage implements Waiter, Runnable {

    private static final Logger LOG = Logger.getLogger(Passage.class.getName());
    /** Between two rounds through the regions, the one that has just failed among them; doubles with each attempt. */
    private static final long FIRST_PAUSE_NANOS = TimeUnit.MILLISECONDS.toNanos(2);
    private static final int MOST_DOUBLINGS = 6;

    private final Errand errand;
    private final Network network;
    private final int choice;
    private final Said said;
    private final Set<String> tried = new HashSet<>();
    private int attempts;
    private Region region;
    private RemoteException lastFailure;
    /** Since when no region serves it; 0 where none has been asked. */
    private long lostNanos;
    private final Beside beside;
    private volatile RemoteAnswer upstream;
    private volatile Region at;
    /** The region that it is to leave though nothing has failed. */
    private volatile Region vanishing;
    private volatile boolean cancelled;

    Passage(Errand errand, int choice) {
        this.errand = errand;
        this.network = errand.network();
        this.choice = choice;
        this.said = new Said(errand.ask().begun(), errand.answer().thoughts(choice));
        this.beside = new Beside(network, this);
    }

    /** Goes on with an answer of which the engine in this process has made the beginning. */
    Passage(Errand errand, int choice, String text, int[] tokens) {
        this(errand, choice);
        said.add(text, tokens, tokens.length);
        tried.add(network.localName());
        lostNanos = System.nanoTime();
    }

    /** Goes on with an answer of which a node that is gone has made the beginning; the tokens are null where they aren't known. */
    static Passage after(Errand errand, int choice, String text, int[] tokens, int count) {
        Passage passage = new Passage(errand, choice);
        if (!text.isEmpty() || count > 0) {
            passage.said.add(text, tokens, count);
        }
        passage.lostNanos = System.nanoTime();
        return passage;
    }

    @Override
    public Lane lane() {
        return errand.ask().lane();
    }

    @Override
    public String tenant() {
        return errand.ask().tenant();
    }

    @Override
    public int work() {
        return errand.ask().work();
    }

    /** Goes to a region's gate; false when it has no room. */
    private boolean enter(Region there) {
        Way way = wayTo(there);
        if (way instanceof Way.Here) {
            region = there;
            network.start(this);
        }
        return !(way instanceof Way.None);
    }

    /** Goes on wherever it can; false when it can't. Doesn't wait. */
    boolean goOn() {
        for (Region there : network.candidates(errand.ask(), errand.conversation())) {
            if (serves(there) && tried.add(there.name()) && enter(there)) {
                return true;
            }
        }
        return false;
    }

    /** Whether it could go on there. */
    boolean serves(Region there) {
        return said.isEmpty() || there.spec().dialect().continues();
    }

    /** Any thread. */
    void cancel() {
        cancelled = true;
        hush();
        beside.close();
        network.forget(this);
    }

    /** If it runs in this region, it goes on elsewhere at once, though nothing has failed. Any thread. */
    void leave(Region here) {
        if (at == here) {
            vanishing = here;
            hush();
        }
    }

    private void hush() {
        RemoteAnswer now = upstream;
        if (now != null) {
            now.close();
        }
    }

    Errand errand() {
        return errand;
    }

    private boolean over() {
        return cancelled || errand.over();
    }

    @Override
    public void run() {
        Region here = region;
        try {
            while (here != null) {
                boolean done;
                try {
                    done = serve(here);
                } finally {
                    network.left(here, this);
                }
                here = done ? null : next();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            errand.stop();
        } catch (RuntimeException | Error e) {
            LOG.log(Level.SEVERE, "A call to a region failed in a way that none should", e);
            errand.fail(new RemoteException(RemoteException.Code.BROKEN, "internal failure", e), !said.isEmpty());
        } finally {
            beside.abandon();
        }
        errand.ranOut();
    }

    /** Asks a region; true when the choice is complete or nobody wants it any more. */
    private boolean serve(Region here) throws InterruptedException {
        tried.add(here.name());
        Hedge asked = beside.take();
        if (over()) {
            if (asked != null) {
                asked.end();
            }
            return true;
        }
        long now = System.nanoTime();
        long pass = asked == null ? here.breaker().enter(now) : asked.pass();
        if (pass == Breaker.REFUSED) {
            lostNanos = lostNanos == 0 ? now : lostNanos;
            return false;
        }
        attempts++;
        errand.answer().started(now);
        network.hedges().sent();
        Route.Leg leg = asked == null ? leg(here, now) : asked.leg();
        int before = said.tokens();
        vanishing = null;
        at = here;
        try (Held _ = asked == null ? ask(here)::close : asked::end) {
            upstream = asked == null ? upstream : asked;
            if (over() || vanishing == here) {
                upstream.close();
            }
            new Listening(this, choice, said, here, pass, leg, asked == null ? now : asked.sentNanos()).listen(upstream, before);
            leg.ended(System.nanoTime(), "complete");
            return true;
        } catch (RemoteException e) {
            return failed(here, pass, e, leg, before);
        } finally {
            at = null;
            upstream = null;
            here.breaker().toldNothing(pass, System.nanoTime());
        }
    }

    /** What is given back when a region has served. */
    private interface Held extends AutoCloseable {
        @Override
        void close();
    }

    private RemoteConnection ask(Region here) throws RemoteException {
        RemoteConnection connection = network.connect(here.spec());
        try {
            upstream = connection.send(call(here));
            return connection;
        } catch (RemoteException | RuntimeException | Error e) {
            connection.close();
            throw e;
        }
    }

    void slow() {
        if (!over()) {
            beside.slow(at, tried, upstream);
        }
    }

    Beside beside() {
        return beside;
    }

    Route.Leg leg(Region there, long nowNanos) {
        return errand.route().leg(there.name(), choice, nowNanos);
    }

    /** Answers true when the choice is complete nevertheless, or nobody wants it any more. */
    private boolean failed(Region here, long pass, RemoteException e, Route.Leg leg, int before) {
        long now = System.nanoTime();
        if (over()) {
            leg.ended(now, "cancelled");
            return true;
        }
        lostNanos = now;
        if (said.tokens() > before) {
            tried.clear();
            tried.add(here.name());
            attempts = 1;
        }
        if (beside.isChosen()) {
            leg.ended(now, "slower");
        } else if (vanishing == here) {
            leg.ended(now, "reclaimed");
        } else {
            noteFailure(here, pass, leg, e, now);
            lastFailure = e;
        }
        if (errand.ask().maxTokens() > 0 && said.tokens() >= errand.ask().maxTokens()) {
            // all that it may have is there, only the word that it ends isn't
            errand.answer().complete(choice, FinishReason.LENGTH);
            return true;
        }
        if (vanishing != here && !beside.isThere() && !e.mayRetryElsewhere() && said.isEmpty()) {
            errand.fail(e, false);
            return true;
        }
        return false;
    }

    void noteFailure(Region here, long pass, Route.Leg leg, RemoteException e, long nowNanos) {
        leg.ended(nowNanos, e instanceof SilentException ? "silent" : e.code().name().toLowerCase(Locale.ROOT));
        if (e instanceof SilentException) {
            here.silent(pass, e.getMessage(), nowNanos);
        } else {
            here.bad(pass, e, nowNanos);
        }
        network.changed();
        LOG.log(Level.WARNING, "Region {0} failed a call after {1} tokens: {2}", new Object[] {here.name(), said.tokens(), e.getMessage()});
    }

    /** Where it goes on from here. */
    private sealed interface Way {
        /** On this thread, whose gate it has passed. */
        record Here(Region region) implements Way {}

        /** Without this thread: it waits at a gate, or the engine in this process has it. */
        record Elsewhere() implements Way {}

        /** Nowhere at this moment, or not there. */
        record None() implements Way {}
    }

    /** The next region, whose gate it has passed; null when this thread is no longer needed. Waits where none is there now. */
    private Region next() throws InterruptedException {
        Region asked = beside.goesOn();
        if (asked != null) {
            return asked;
        }
        while (!over() && attempts <= network.mostAttempts()) {
            long seen = network.changes();
            switch (way()) {
                case Way.Here here -> {
                    return here.region;
                }
                case Way.Elsewhere _ -> {
                    if (over()) {
                        // whoever cancelled it may have looked for it before it waited
                        network.forget(this);
                    }
                    return null;
                }
                case Way.None _ -> { }
            }
            long left = lostNanos + network.patienceNanos() - System.nanoTime();
            if (left <= 0) {
                break;
            }
            tried.clear();
            network.awaitChange(seen, Math.min(left, FIRST_PAUSE_NANOS << Math.min(attempts, MOST_DOUBLINGS)));
        }
        if (!over()) {
            errand.fail(lastFailure == null ? new RemoteException(RemoteException.Code.UNAVAILABLE, "no region takes calls") : lastFailure,
                    !said.isEmpty());
        }
        return null;
    }

    private Way way() {
        for (Region there : network.candidates(errand.ask(), errand.conversation())) {
            Way way = serves(there) && tried.add(there.name()) ? wayTo(there) : new Way.None();
            if (!(way instanceof Way.None)) {
                return way;
            }
        }
        String local = network.localName();
        boolean taken = local != null && tried.add(local)
                && errand.inThisProcess().goOn(errand.answer(), choice, said.ofAnswer(), said.tokenIds());
        return taken ? new Way.Elsewhere() : new Way.None();
    }

    private Way wayTo(Region there) {
        long now = System.nanoTime();
        if (said.hasBegun()) {
            there.gate().enterBegun(this, now);
            return new Way.Here(there);
        }
        List<Passage> admitted = new ArrayList<>();
        if (!there.gate().enter(List.of(this), now, deadlineNanos(now), admitted::add)) {
            return new Way.None();
        }
        return admitted.isEmpty() ? new Way.Elsewhere() : new Way.Here(there);
    }

    /** Who had a turn already isn't told that it had none. */
    private long deadlineNanos(long nowNanos) {
        long deadline = errand.ask().deadlineNanos();
        return attempts == 0 ? deadline : Math.max(deadline - nowNanos, network.patienceNanos()) + nowNanos;
    }

    RemoteCall call(Region here) {
        return errand.ask().call(choice, said, here.called(errand.ask().model()).orElse(errand.ask().model()), here.spec().dialect());
    }

    /** It has come to its turn at a gate after waiting; false when nobody wants it any more. */
    boolean begins(Region there) {
        region = there;
        return !over();
    }

    /** If it waits at the gate of this region, which takes no calls, it goes to one that does and has room, if there is one. */
    void moveFrom(Region here) {
        boolean better = !over() && network.candidates(errand.ask(), errand.conversation()).stream()
                .anyMatch(there -> there != here && serves(there) && there.gate().hasRoom(lane()));
        if (better && here.gate().remove(this)) {
            tried.clear();
            tried.add(here.name());
            if (!goOn() && !enter(here)) {
                errand.fail(new Refusal(Reason.LANE_FULL, "Lane " + lane() + " is full.", null, 1));
            }
        }
    }

    /** It waited too long. */
    void expired() {
        errand.fail(new Refusal(Reason.DEADLINE, "The request waited in its lane until its deadline without a turn.", null, 1));
    }
}
