package io.millrace.ejb.lane;

/** What its lane and tenant were charged for an item when it was taken. Guarded by the lock of {@link Lanes}. */
final class Charge {

    /** What a token moved the lane's clock by. */
    private final double rate;
    private int left;

    Charge(int work, double rate) {
        this.left = work;
        this.rate = rate;
    }

    double rate() {
        return rate;
    }

    /** Of what was charged, what was not served yet, tokens. */
    int left() {
        return left;
    }

    /** Answers how much of {@code work} was not charged. */
    int serve(int work) {
        int covered = Math.min(left, work);
        left -= covered;
        return work - covered;
    }
}
