package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.stream.IntStream;

/** One call on its way through the regions, with all its choices. Thread-safe. */
public final class Errand implements Elsewhere {

    private final Network network;
    private final Ask ask;
    private final Route route;
    private final long conversation;
    private final List<Passage> passages = new CopyOnWriteArrayList<>();
    private volatile Answer answer;
    private volatile Elsewhere local = Elsewhere.NOBODY;
    private volatile boolean cancelled;

    Errand(Network network, Ask ask, long receivedNanos) {
        this.network = network;
        this.ask = ask;
        this.route = new Route(receivedNanos);
        this.conversation = ask.conversation();
    }

    /**
     * Whose answer it is, and how the engine in this process takes a choice over; to be told before anything begins.
     *
     * @param inThisProcess gets null for the tokens where they aren't known
     */
    public void is(Answer whose, Elsewhere inThisProcess) {
        answer = whose;
        local = inThisProcess;
    }

    /** Sends every choice to a region; false when it has no room for them, and then nothing was sent. */
    boolean begin(Region region) {
        List<Passage> all = IntStream.range(0, ask.samplings().size()).mapToObj(choice -> new Passage(this, choice)).toList();
        List<Passage> admitted = new ArrayList<>();
        passages.addAll(all);
        if (!region.gate().enter(all, System.nanoTime(), ask.deadlineNanos(), admitted::add)) {
            passages.removeAll(all);
            return false;
        }
        for (Passage passage : admitted) {
            passage.begins(region);
            network.start(passage);
        }
        return true;
    }

    /** The engine in this process has begun a choice. */
    public void local(int choice) {
        route.leg(network.localName(), choice, System.nanoTime());
    }

    /** A choice that the engine in this process lost goes on in a region. */
    @Override
    public boolean goOn(Answer lost, int choice, String said, int[] saidTokens) {
        if (!network.takes(this)) {
            return false;
        }
        boolean taken = goesOn(new Passage(this, choice, said, saidTokens));
        if (over()) {
            network.ended(this);
        }
        return taken;
    }

    private boolean goesOn(Passage passage) {
        passages.add(passage);
        boolean taken = passage.goOn();
        if (!taken) {
            passages.remove(passage);
        }
        return taken;
    }

    /** A node that is gone had a choice until now. */
    public void left(String node, int choice) {
        long now = System.nanoTime();
        route.leg("node " + node, choice, now).ended(now, "node_lost");
    }

    /**
     * A choice of which a node that is gone made the beginning goes on in a region.
     *
     * @param saidTokens null where they aren't known
     * @param count      how many tokens it has
     * @return false when none can take it now
     */
    public boolean takeUp(int choice, String said, int[] saidTokens, int count) {
        return network.takes(this) && goesOn(Passage.after(this, choice, said, saidTokens, count));
    }

    /** The reader is gone. Idempotent; any thread. */
    public void cancel() {
        cancelled = true;
        cancelPassages();
        answer.cancelled();
    }

    /** The server stops. */
    void stop() {
        answer.fail(new Refusal(Reason.SHUTTING_DOWN, "Millrace was shut down before the answer was complete; try again later.",
                null, 5));
        cancelPassages();
    }

    private void cancelPassages() {
        passages.forEach(Passage::cancel);
    }

    /** A choice's thread ends: where the whole call was lost by it, the others need not go on. */
    void ranOut() {
        if (passages.size() > 1 && (answer.outcome() == Answer.Outcome.FAILED || answer.outcome() == Answer.Outcome.CANCELLED)) {
            cancelPassages();
        }
    }

    /** Whether nobody waits for it any more. */
    boolean over() {
        return cancelled || answer.outcome() != null;
    }

    /** Nobody can go on with it. */
    void fail(RemoteException last, boolean begun) {
        answer.fail(Refusals.of(last, begun));
        cancelPassages();
    }

    void fail(Refusal why) {
        answer.fail(why);
        cancelPassages();
    }

    Network network() {
        return network;
    }

    public Ask ask() {
        return ask;
    }

    Route route() {
        return route;
    }

    public Answer answer() {
        return answer;
    }

    Elsewhere inThisProcess() {
        return local;
    }

    long conversation() {
        return conversation;
    }

    /** Which regions took part until now, when the call has ended, as JSON. */
    public String routeJson() {
        Answer.Outcome how = answer.outcome();
        route.close(System.nanoTime(), how == Answer.Outcome.OK ? "complete" : how.name().toLowerCase(Locale.ROOT));
        return route.json();
    }
}
