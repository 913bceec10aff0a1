package io.millrace.ejb.region;

import io.millrace.connector.remote.RemoteAnswer;
import io.millrace.ejb.lane.Lane;
import java.util.Set;

/** What a passage has asked beside the region that serves it. Owned by the passage's thread, but for {@link #close}. */
final class Beside {

    private final Network network;
    private final Passage passage;
    /** Null for most. */
    private volatile Hedge hedge;

    Beside(Network network, Passage passage) {
        this.network = network;
        this.passage = passage;
    }

    /**
     * The region has said nothing for longer than it mostly does: another one is asked too, where one may be.
     *
     * @param here  the region; {@code tried} others that need not be asked
     * @param heard what it says
     */
    void slow(Region here, Set<String> tried, RemoteAnswer heard) {
        if (hedge != null || passage.lane() == Lane.P3) {
            return;
        }
        for (Region there : network.candidates(passage.errand().ask(), passage.errand().conversation())) {
            if (there != here && !tried.contains(there.name()) && passage.serves(there) && there.gate().hasPlace(passage.lane())) {
                if (network.hedges().take()) {
                    ask(there, heard, System.nanoTime());
                }
                return;
            }
        }
    }

    private void ask(Region there, RemoteAnswer slow, long nowNanos) {
        long pass = there.breaker().enter(nowNanos);
        if (pass != Breaker.REFUSED) {
            there.gate().enterBegun(passage, nowNanos);
            hedge = new Hedge(network, passage, there, passage.call(there), pass, passage.leg(there, nowNanos), slow);
            there.hedged();
            network.start(hedge);
        }
    }

    /** The region that serves has something to say; false where the other was first. */
    boolean yields() {
        Hedge other = hedge;
        if (other != null && !other.drop()) {
            return false;
        }
        hedge = null;
        return true;
    }

    /** Whether the other was first. */
    boolean isChosen() {
        Hedge other = hedge;
        return other != null && other.isChosen();
    }

    /** Whether there is another that may go on. */
    boolean isThere() {
        return hedge != null;
    }

    /** The region that served is out of it: where the other one is, if it can go on; else null. */
    Region goesOn() {
        Hedge other = hedge;
        if (other != null && other.choose()) {
            return other.region();
        }
        hedge = null;
        return null;
    }

    /** From now on the other is the one that serves; null where there is none. */
    Hedge take() {
        Hedge other = hedge;
        hedge = null;
        return other;
    }

    /** Nobody wants an answer any more. Any thread. */
    void close() {
        Hedge other = hedge;
        if (other != null && !other.drop()) {
            other.close();
        }
    }

    /** The passage ends. */
    void abandon() {
        Hedge other = take();
        if (other != null) {
            other.abandon();
        }
    }
}
