package io.millrace.ejb.region;

/**
 * How many calls may be asked of two regions at once: a share of all that are sent, of which a few can be saved up
 * (Dean and Barroso, The Tail at Scale, 2013). Thread-safe.
 */
final class Hedges {

    private static final double MOST_SAVED = 10;

    private final double share;
    private double saved = 1;

    /** @param share 0: none, 1: each */
    Hedges(double share) {
        this.share = share;
    }

    /** A call was sent. */
    synchronized void sent() {
        saved = Math.min(MOST_SAVED, saved + share);
    }

    /** Whether one more may be asked twice; it counts then. */
    synchronized boolean take() {
        boolean may = share > 0 && saved >= 1;
        saved -= may ? 1 : 0;
        return may;
    }
}
