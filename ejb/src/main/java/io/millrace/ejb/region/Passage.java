package io.millrace.ejb.region;

import io.millrace.connector.engine.Sampling;
import io.millrace.connector.remote.Dialect;
import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.Waiter;
import java.time.Duration;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * One choice of a call on its way: waits at a region's gate without a thread, then runs on one of its own, and goes on in
 * another region when this one fails, with what was said so far as the beginning of the answer.
 */
final class Passage implements Waiter, Runnable {

    private static final Logger LOG = Logger.getLogger(Passage.class.getName());
    private static final int LEFT_FOR_THE_LAST = 1;

    private final Errand errand;
    private final int choice;
    private final Said said;
    private final Set<String> tried = new HashSet<>();
    private int attempts;
    private Region region;
    private RemoteException lastFailure;
    private long failedNanos;
    private volatile RemoteAnswer upstream;
    private volatile Region at;
    private volatile boolean leaving;
    private volatile boolean cancelled;

    Passage(Errand errand, int choice) {
        this.errand = errand;
        this.choice = choice;
        this.said = new Said(errand.ask().begun());
    }

    /** Goes on with an answer of which the engine in this process has made the beginning. */
    Passage(Errand errand, int choice, String text, int[] tokens) {
        this(errand, choice);
        said.add(text, tokens, tokens.length);
        tried.add(errand.regions().localName());
        failedNanos = System.nanoTime();
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

    Errand errand() {
        return errand;
    }

    /** Goes to a region's gate; false when it has no room. */
    boolean enter(Region there) {
        region = there;
        if (!said.isEmpty()) {
            there.gate().enterBegun(this, System.nanoTime());
            errand.regions().start(this);
            return true;
        }
        return switch (there.gate().enter(this, System.nanoTime(), errand.ask().deadlineNanos())) {
            case ENTERED -> {
                errand.regions().start(this);
                yield true;
            }
            case WAITS -> true;
            case FULL -> false;
        };
    }

    /** Goes on wherever it can; false when it can't. Doesn't wait. */
    boolean goOn() {
        for (Region there : errand.regions().candidates(errand.ask(), errand.conversation())) {
            if (tried.add(there.name()) && there.spec().dialect().continues() && enter(there)) {
                return true;
            }
        }
        return false;
    }

    /** Any thread. */
    void cancel() {
        cancelled = true;
        RemoteAnswer now = upstream;
        if (now != null) {
            now.close();
        }
        errand.regions().forget(this);
    }

    /** If it runs in this region, it goes on elsewhere at once, though nothing has failed. Any thread. */
    void leave(Region vanishing) {
        RemoteAnswer now = upstream;
        if (at == vanishing && now != null) {
            leaving = true;
            now.close();
        }
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
                    done = over() || serve(here);
                } finally {
                    errand.regions().left(here, this);
                }
                here = done ? null : next();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            errand.stop();
        } catch (RuntimeException e) {
            LOG.log(Level.SEVERE, "A call to a region failed in a way that none should", e);
            errand.fail(new RemoteException(RemoteException.Code.BROKEN, "internal failure", e), !said.isEmpty());
        }
    }

    /** Asks a region; true when the choice is complete or nobody wants it any more. */
    private boolean serve(Region here) throws InterruptedException {
        tried.add(here.name());
        long now = System.nanoTime();
        if (!here.breaker().enter(now)) {
            failedNanos = failedNanos == 0 ? now : failedNanos;
            return false;
        }
        attempts++;
        errand.answer().started(now);
        Route.Leg leg = errand.route().leg(here.name(), choice, now);
        int before = said.tokens();
        at = here;
        try (RemoteConnection connection = errand.regions().connect(here.spec())) {
            upstream = connection.send(call(here));
            if (over()) {
                return true;
            }
            new Listening(errand, choice, said, here, leg, now).listen(upstream, before);
            leg.ended(System.nanoTime(), over() ? "cancelled" : "complete");
            return true;
        } catch (RemoteException e) {
            return failed(here, e, leg, before);
        } finally {
            upstream = null;
        }
    }

    private boolean failed(Region here, RemoteException e, Route.Leg leg, int before) {
        long now = System.nanoTime();
        if (over()) {
            leg.ended(now, "cancelled");
            return true;
        }
        if (leaving) {
            leaving = false;
            leg.ended(now, "reclaimed");
            failedNanos = now;
            return false;
        }
        leg.ended(now, e instanceof SilentException ? "silent" : e.code().name().toLowerCase(Locale.ROOT));
        if (e instanceof SilentException) {
            here.silent(e.getMessage(), now);
        } else {
            here.bad(e, now);
        }
        errand.regions().changed();
        if (said.tokens() > before) {
            tried.clear();
            tried.add(here.name());
            attempts = 1;
        }
        lastFailure = e;
        failedNanos = now;
        LOG.log(Level.WARNING, "Region {0} failed a call after {1} tokens: {2}", new Object[] {here.name(), said.tokens(), e.getMessage()});
        if (!e.mayRetryElsewhere() && said.isEmpty()) {
            errand.fail(e, false);
            return true;
        }
        return false;
    }

    /** Where it goes on from here. */
    private sealed interface Way {
        /** On this thread, whose gate it has passed. */
        record Here(Region region) implements Way {}

        /** Without this thread: it waits at a gate, or the engine in this process has it, or it has failed. */
        record Elsewhere() implements Way {}

        /** Nowhere at this moment. */
        record None() implements Way {}
    }

    /** The next region, whose gate it has passed; null when this thread is no longer needed. Waits where none is there now. */
    private Region next() throws InterruptedException {
        long patience = errand.regions().patienceNanos();
        while (!over() && attempts <= errand.regions().mostAttempts()) {
            switch (way()) {
                case Way.Here here -> {
                    return here.region;
                }
                case Way.Elsewhere _ -> {
                    return null;
                }
                case Way.None _ -> { }
            }
            long left = failedNanos + patience - System.nanoTime();
            if (left <= 0) {
                break;
            }
            tried.clear();
            errand.regions().awaitChange(left);
        }
        if (!over()) {
            errand.fail(lastFailure == null ? new RemoteException(RemoteException.Code.UNAVAILABLE, "no region takes calls") : lastFailure,
                    !said.isEmpty());
        }
        return null;
    }

    private Way way() {
        for (Region there : errand.regions().candidates(errand.ask(), errand.conversation())) {
            boolean can = said.isEmpty() || there.spec().dialect().continues();
            Way way = can && tried.add(there.name()) ? wayTo(there) : null;
            if (way != null) {
                return way;
            }
        }
        String local = errand.regions().localName();
        boolean taken = local != null && tried.add(local)
                && errand.inThisProcess().goOn(errand.answer(), choice, said.ofAnswer(), said.tokenIds());
        return taken ? new Way.Elsewhere() : new Way.None();
    }

    /** Null where it is full. */
    private Way wayTo(Region there) {
        long now = System.nanoTime();
        if (!said.isEmpty()) {
            there.gate().enterBegun(this, now);
            return new Way.Here(there);
        }
        return switch (there.gate().enter(this, now, errand.ask().deadlineNanos())) {
            case ENTERED -> new Way.Here(there);
            case WAITS -> new Way.Elsewhere();
            case FULL -> null;
        };
    }

    private RemoteCall call(Region here) {
        Ask ask = errand.ask();
        int left = ask.maxTokens() == 0 ? 0 : Math.max(LEFT_FOR_THE_LAST, ask.maxTokens() - said.tokens());
        // a grammar begins at the answer's beginning: only who knows the tokens can take it up in the middle
        boolean grammar = said.all().isEmpty() || here.spec().dialect() == Dialect.MILLRACE;
        Sampling sampling = ask.samplings().get(choice);
        return new RemoteCall(here.called(ask.model()).orElse(ask.model()), ask.prompt(), grammar ? sampling : sampling.with(null), left,
                ask.stop(), said.all(), said.tokenIds(), ask.user(), ask.json() && grammar);
    }

    /** It has come to its turn at a gate after waiting; false when nobody wants it any more. */
    boolean begins(Region there) {
        region = there;
        return !over();
    }

    /** It waits at the gate of a region that takes no calls: goes to another one, if there is one. */
    boolean moves() {
        tried.clear();
        return !over() && goOn();
    }

    /** It waited too long. */
    void expired() {
        errand.fail(new Refusal(Reason.DEADLINE, "The request waited in its lane until its deadline without a turn.", null, 1));
    }

    /** Nothing was said for too long. */
    static final class SilentException extends RemoteException {
        private static final long serialVersionUID = 1L;

        SilentException(String region, Duration how) {
            super(Code.UNAVAILABLE, "Region " + region + " said nothing for " + how.toMillis() + " ms.");
        }
    }

    static FinishReason reason(String word) {
        return "length".equals(word) ? FinishReason.LENGTH : FinishReason.STOP;
    }
}
