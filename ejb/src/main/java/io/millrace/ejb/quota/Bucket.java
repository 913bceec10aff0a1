package io.millrace.ejb.quota;

import java.util.LinkedHashSet;

/**
 * A limit a minute, as a token bucket: it holds a minute's worth when it is full, and is filled evenly all the time.
 * Not thread-safe: its owner locks.
 *
 * <p>So no instant lets more than the limit through, and no minute more than twice the limit, the second time only at
 * the pace of the refill. A window that starts at each full minute would let the whole limit through just before its
 * edge and again just after it.
 *
 * <p>A call is charged when it is let in, with the most that it may use. It gives back what it didn't use, but only as
 * much as it has a <i>claim</i> to: claims count as if they still lay in the bucket, and where the bucket would run over,
 * the refill takes the place of the oldest claim. Without this, a long call could give back at its end what was
 * refilled long ago, and two minutes' worth could pass at once.
 *
 * <p>The arithmetic is exact: a token is cut into as many units as a minute has nanoseconds, so that a limit of N adds
 * N units each nanosecond.
 */
final class Bucket {

    private static final long UNITS = 60_000_000_000L;
    private static final long NANOS_A_MILLI = 1_000_000;

    /** What a call may give back at most. */
    static final class Claim {
        private long units;
    }

    private final LinkedHashSet<Claim> claims = new LinkedHashSet<>();
    private long claimed;
    private long taken;
    private long limit;
    private long level;
    private long filledNanos;

    Bucket(long nowNanos) {
        filledNanos = nowNanos;
    }

    /** @param newLimit a minute; 0: none. What was used under the old limit counts under the new one */
    void limit(long newLimit) {
        if (newLimit != limit) {
            long used = full() - level;
            limit = newLimit;
            level = Math.max(0, full() - used);
            shrinkClaims();
        }
    }

    /** To be called before anything that is asked or done at this time. */
    void fill(long nowNanos) {
        long passed = Math.min(nowNanos - filledNanos, UNITS);
        if (passed > 0) {
            level += Math.min(passed * limit, full() - level);
            filledNanos = nowNanos;
            shrinkClaims();
        }
    }

    /** What could be taken now. */
    long left() {
        return limit == 0 ? Long.MAX_VALUE : level / UNITS;
    }

    /** Until so many could be taken, where that is not more than the limit; 0: now. */
    long waitNanos(long amount) {
        return limit == 0 ? 0 : Math.max(0, Math.ceilDiv(amount * UNITS - level, limit));
    }

    /** Until it is full, if nothing more is taken. */
    long resetMillis() {
        return limit == 0 ? 0 : Math.ceilDiv(Math.ceilDiv(full() - level, limit), NANOS_A_MILLI);
    }

    /** @param amount at most {@link #left} */
    Claim take(long amount) {
        Claim claim = new Claim();
        takeMore(claim, amount);
        return claim;
    }

    /** @param amount at most {@link #left} */
    void takeMore(Claim claim, long amount) {
        if (limit > 0) {
            level -= amount * UNITS;
            taken += amount;
            claims.add(claim);
            add(claim, amount * UNITS);
        }
    }

    /** Gives back as much of {@code amount} as the claim still covers. */
    void giveBack(Claim claim, long amount) {
        long units = claim.units / UNITS < amount ? claim.units : amount * UNITS;
        add(claim, -units);
        level += units;
        taken -= units / UNITS;
    }

    /** Other nodes took so much more of the same limit; negative: they gave it back. What is not there any more isn't owed. */
    void byOthers(long amount) {
        if (limit > 0 && amount != 0) {
            level = Math.clamp(level - Math.clamp(amount, -limit, limit) * UNITS, 0, full());
            shrinkClaims();
        }
    }

    /** What was taken and not given back, ever. */
    long taken() {
        return taken;
    }

    /** What lacks to a full bucket, rounded up. */
    long missing() {
        return Math.ceilDiv(full() - level, UNITS);
    }

    /** The call gives nothing back any more. */
    void drop(Claim claim) {
        claims.remove(claim);
        add(claim, -claim.units);
    }

    private void add(Claim claim, long units) {
        claim.units += units;
        claimed += units;
    }

    /** The oldest go first: the youngest call is the one whose share was refilled least. */
    private void shrinkClaims() {
        while (claimed > full() - level) {
            Claim oldest = claims.getFirst();
            add(oldest, -Math.min(oldest.units, claimed - (full() - level)));
            if (oldest.units == 0) {
                claims.removeFirst();
            }
        }
    }

    private long full() {
        return limit * UNITS;
    }
}
