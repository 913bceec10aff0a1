package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteException;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Elsewhere;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** One call on its way through the regions, with all its choices. Thread-safe. */
public final class Errand implements Elsewhere {

    private final Regions regions;
    private final Ask ask;
    private final Route route;
    private final long conversation;
    private final List<Passage> passages = new CopyOnWriteArrayList<>();
    private volatile Answer answer;
    private volatile Elsewhere local = Elsewhere.NOBODY;
    private volatile boolean cancelled;

    Errand(Regions regions, Ask ask, long receivedNanos) {
        this.regions = regions;
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
        for (int choice = 0; choice < ask.samplings().size(); choice++) {
            Passage passage = new Passage(this, choice);
            passages.add(passage);
            if (!passage.enter(region)) {
                cancelPassages();
                passages.clear();
                return false;
            }
        }
        return true;
    }

    /** The engine in this process has begun a choice. */
    public void local(int choice) {
        route.leg(regions.localName(), choice, System.nanoTime());
    }

    /** A choice that the engine in this process lost goes on in a region. */
    @Override
    public boolean goOn(Answer lost, int choice, String said, int[] saidTokens) {
        Passage passage = new Passage(this, choice, said, saidTokens);
        passages.add(passage);
        regions.track(this);
        if (passage.goOn()) {
            return true;
        }
        passages.remove(passage);
        return false;
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

    Regions regions() {
        return regions;
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

    /** Which regions took part, as JSON. */
    public String routeJson() {
        return route.json();
    }
}
