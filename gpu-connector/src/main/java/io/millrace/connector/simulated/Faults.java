package io.millrace.connector.simulated;

import java.util.SplittableRandom;

/**
 * Which steps of a simulated engine go wrong, drawn from a seed. Probabilities are per step, {@code slotFails} per
 * slot and step, those of saving, restoring and forking per attempt.
 */
public final class Faults {

    private final SplittableRandom random;
    private final double engineLost;
    private final double cacheFull;
    private final double aborted;
    private final double slotFails;
    private final double saveFails;
    private final double restoreFails;
    private final double forkFails;

    public Faults(long seed, double engineLost, double cacheFull, double aborted, double slotFails) {
        this(seed, engineLost, cacheFull, aborted, slotFails, 0, 0, 0);
    }

    public Faults(long seed, double engineLost, double cacheFull, double aborted, double slotFails, double saveFails,
                  double restoreFails, double forkFails) {
        this.random = new SplittableRandom(seed);
        this.engineLost = engineLost;
        this.cacheFull = cacheFull;
        this.aborted = aborted;
        this.slotFails = slotFails;
        this.saveFails = saveFails;
        this.restoreFails = restoreFails;
        this.forkFails = forkFails;
    }

    /** Nothing ever goes wrong. */
    public static Faults none() {
        return new Faults(0, 0, 0, 0, 0);
    }

    boolean engineLost() {
        return random.nextDouble() < engineLost;
    }

    boolean cacheFull() {
        return random.nextDouble() < cacheFull;
    }

    boolean aborted() {
        return random.nextDouble() < aborted;
    }

    boolean slotFails() {
        return random.nextDouble() < slotFails;
    }

    boolean saveFails() {
        return random.nextDouble() < saveFails;
    }

    boolean restoreFails() {
        return random.nextDouble() < restoreFails;
    }

    boolean forkFails() {
        return random.nextDouble() < forkFails;
    }
}
