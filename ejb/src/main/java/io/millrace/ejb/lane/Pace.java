package io.millrace.ejb.lane;

import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * How fast an engine gets through the lanes, learnt from its steps, and so how long somebody who comes now will wait.
 * Written by the batch thread, read by any; has no clock of its own.
 */
public final class Pace {

    /** Steps of so much time count half against the newest. */
    private static final double HALF_LIFE_NANOS = TimeUnit.SECONDS.toNanos(10);
    private static final double ANSWER_SMOOTHING = 0.05;
    /** Tokens that an answer is expected to have before any was seen. */
    private static final int FIRST_ANSWER = 256;

    private final AtomicIntegerArray answers = new AtomicIntegerArray(Lane.values().length);
    private double work;
    private double nanos;
    private volatile double workPerNano;

    /** A step served so much work, as {@link Waiter#work} counts it. */
    public void step(long served, long stepNanos) {
        double fade = Math.pow(0.5, stepNanos / HALF_LIFE_NANOS);
        work = fade * work + served;
        nanos = fade * nanos + stepNanos;
        workPerNano = work / nanos;
    }

    /** An answer of a lane was complete with so many tokens. */
    public void answered(Lane lane, int tokens) {
        int before = expectedAnswer(lane);
        long now = Math.round(before + ANSWER_SMOOTHING * (tokens - before));
        answers.set(lane.ordinal(), (int) Math.max(1, now));
    }

    /** Tokens that an answer of a lane probably has. */
    public int expectedAnswer(Lane lane) {
        int seen = answers.get(lane.ordinal());
        return seen == 0 ? FIRST_ANSWER : seen;
    }

    /**
     * How long somebody who comes now will probably wait for a turn; 0 when nobody waits before him, or nothing is known.
     * The lane gets its share of the engine beside those lanes in which somebody waits, after what waits in P0.
     */
    public long waitNanos(Lane lane, Lanes<?> lanes) {
        double own = lanes.work(lane);
        return own == 0 ? 0 : nanos(own + (lane == Lane.P0 ? 0 : lanes.work(Lane.P0)), lane, lanes);
    }

    /** How long it takes until one of those that wait in a lane has begun, nanoseconds; 0 when nothing is known. */
    public long placeNanos(Lane lane, Lanes<?> lanes) {
        int waiting = lanes.size(lane);
        return waiting == 0 ? 0 : nanos((double) lanes.work(lane) / waiting, lane, lanes);
    }

    private long nanos(double amount, Lane lane, Lanes<?> lanes) {
        double rate = workPerNano * share(lane, lanes);
        return rate > 0 ? (long) Math.min(Long.MAX_VALUE / 2, amount / rate) : 0;
    }

    private static double share(Lane lane, Lanes<?> lanes) {
        if (lane == Lane.P0) {
            return 1;
        }
        double all = 0;
        for (Lane each : Lane.values()) {
            boolean counts = each != Lane.P0 && (each == lane || lanes.size(each) > 0);
            all += counts ? lanes.bounds(each).weight() : 0;
        }
        return lanes.bounds(lane).weight() / all;
    }
}
