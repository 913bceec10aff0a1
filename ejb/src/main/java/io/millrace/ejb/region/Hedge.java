package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.connector.remote.RemoteCall;
import io.millrace.connector.remote.RemoteConnection;
import io.millrace.connector.remote.RemoteEvent;
import io.millrace.connector.remote.RemoteException;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicReference;

/**
 * A second region that is asked to go on with a choice while the first one is slow. Whichever says something first has the
 * choice, and the other is closed. A thread of its own waits for the first word; what comes then is read by the passage, as an
 * answer of its own. Whoever takes it out of its first state sees to its end: the passage of a chosen one, its own thread of a
 * dropped one. Thread-safe.
 */
final class Hedge implements RemoteAnswer, Runnable {

    private enum State { WAITING, CHOSEN, DROPPED }

    private final Network network;
    private final Passage passage;
    private final Region region;
    private final RemoteCall call;
    private final long pass;
    private final Route.Leg leg;
    private final RemoteAnswer slow;
    private final long sentNanos = System.nanoTime();
    private final AtomicReference<State> state = new AtomicReference<>(State.WAITING);
    private final CompletableFuture<RemoteEvent> heard = new CompletableFuture<>();
    /** Written by its own thread before the first word is heard, read by others afterwards. */
    private RemoteConnection connection;
    private volatile RemoteAnswer upstream;
    private volatile boolean closed;
    private boolean told;

    /**
     * @param region has let the passage in
     * @param pass   of the region's breaker
     * @param slow   what is closed when this one speaks first
     */
    Hedge(Network network, Passage passage, Region region, RemoteCall call, long pass, Route.Leg leg, RemoteAnswer slow) {
        this.network = network;
        this.passage = passage;
        this.region = region;
        this.call = call;
        this.pass = pass;
        this.leg = leg;
        this.slow = slow;
    }

    Region region() {
        return region;
    }

    long pass() {
        return pass;
    }

    Route.Leg leg() {
        return leg;
    }

    long sentNanos() {
        return sentNanos;
    }

    @Override
    public void run() {
        try {
            connection = network.connect(region.spec());
            if (closed) {
                throw new RemoteException(RemoteException.Code.CLOSED, "not needed any more");
            }
            upstream = connection.send(call);
            if (closed) {
                upstream.close();
            }
            RemoteEvent first = firstWord();
            if (state.compareAndSet(State.WAITING, State.CHOSEN)) {
                region.hedgeWon();
                slow.close();
            }
            heard.complete(first);
        } catch (RemoteException | RuntimeException e) {
            if (state.compareAndSet(State.WAITING, State.DROPPED)) {
                failed(e);
            }
            heard.completeExceptionally(e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            state.compareAndSet(State.WAITING, State.DROPPED);
            heard.completeExceptionally(e);
        }
        if (state.get() == State.DROPPED) {
            end();
            network.left(region, passage);
        }
    }

    private RemoteEvent firstWord() throws RemoteException, InterruptedException {
        long deadline = sentNanos + region.beforeFirst().deadlineNanos();
        while (true) {
            RemoteEvent event = upstream.next(Duration.ofNanos(Math.max(0, deadline - System.nanoTime())));
            switch (event) {
                case RemoteEvent.Accepted _ -> leg.accepted(System.nanoTime());
                case RemoteEvent.Piece piece when piece.isEmpty() -> { }
                case RemoteEvent.Silence _ -> throw new SilentException(region.name(), Duration.ofNanos(System.nanoTime() - sentNanos));
                default -> {
                    return event;
                }
            }
        }
    }

    private void failed(Exception e) {
        long now = System.nanoTime();
        if (e instanceof RemoteException remote) {
            passage.noteFailure(region, pass, leg, remote, now);
        } else {
            leg.ended(now, "broken");
        }
    }

    /** The slow one has spoken: whether this one is out of it, and not chosen already. */
    boolean drop() {
        if (state.compareAndSet(State.WAITING, State.DROPPED)) {
            close();
        }
        return state.get() == State.DROPPED;
    }

    /** The slow one is out of it: whether this one goes on, whatever it has said yet. */
    boolean choose() {
        state.compareAndSet(State.WAITING, State.CHOSEN);
        return state.get() == State.CHOSEN;
    }

    boolean isChosen() {
        return state.get() == State.CHOSEN;
    }

    /** Nobody wants it, chosen or not. */
    void abandon() {
        if (!drop()) {
            end();
            network.left(region, passage);
        }
    }

    /** What the region said first, and then what it says. */
    @Override
    public RemoteEvent next(Duration patience) throws RemoteException, InterruptedException {
        if (told) {
            return upstream.next(patience);
        }
        try {
            RemoteEvent first = heard.get(patience.toNanos(), TimeUnit.NANOSECONDS);
            told = true;
            return first;
        } catch (TimeoutException _) {
            return new RemoteEvent.Silence();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof RemoteException remote ? remote
                    : new RemoteException(RemoteException.Code.BROKEN, "internal failure", e.getCause());
        }
    }

    @Override
    public void close() {
        closed = true;
        RemoteAnswer now = upstream;
        if (now != null) {
            now.close();
        }
    }

    /** Gives its connection back, when its thread has done with it. */
    void end() {
        close();
        leg.ended(System.nanoTime(), "not_needed");
        region.breaker().toldNothing(pass, System.nanoTime());
        heard.whenComplete((_, _) -> {
            if (connection != null) {
                connection.close();
            }
        });
    }
}
