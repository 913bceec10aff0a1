package io.millrace.ejb.region;

import java.util.concurrent.TimeUnit;

/**
 * Keeps calls away from a region that fails. Opens at once when the region can't be reached or falls silent, and when
 * two answers in a row, or half of the last ones, break. Then one trial is let through after a pause that doubles each
 * time, from {@value #FIRST_PAUSE_MS} ms to {@value #LONGEST_PAUSE_MS} ms: a region that flaps is not hammered, and one
 * that is back is used again within five seconds. Thread-safe; has no clock of its own.
 */
public final class Breaker {

    static final long FIRST_PAUSE_MS = 250;
    static final long LONGEST_PAUSE_MS = 4_000;
    private static final long HEALTHY_NANOS = TimeUnit.SECONDS.toNanos(10);
    /** A trial that nobody reports on counts as failed after this. */
    private static final long TRIAL_NANOS = TimeUnit.SECONDS.toNanos(30);
    private static final int IN_A_ROW = 2;
    private static final int REMEMBERED = 20;
    private static final int LEAST_TO_JUDGE = 6;

    /** What a call may meet. */
    public enum State { CLOSED, OPEN, TRIAL }

    /** How bad a failure is for the calls that come next. */
    public enum Severity {
        /** One answer broke: others may be well. */
        ONE_CALL,
        /** Not reached, or silent: nobody else will be served either. */
        WHOLE_REGION
    }

    /** What {@link #enter} answers when no call may be sent. */
    static final long REFUSED = -1;

    private State state = State.CLOSED;
    /** Goes on whenever it opens and with every trial: what was sent before says nothing of how things stand now. */
    private long turn;
    private long until;
    private long pauseMs = FIRST_PAUSE_MS;
    private long closedSince;
    private int inARow;
    /** The last outcomes, newest in the lowest bit; 1 is a failure. */
    private int outcomes;
    private int outcomesKnown;
    private long opened;

    /** Whether a call may be sent there now. */
    public synchronized boolean allows(long nowNanos) {
        return state == State.CLOSED || nowNanos - until >= 0;
    }

    /** Whether it is not closed and a trial is due. */
    public synchronized boolean wantsTrial(long nowNanos) {
        return state != State.CLOSED && nowNanos - until >= 0;
    }

    /**
     * A call is about to be sent.
     *
     * @return a pass, with which one of the other methods is told what became of it; {@link #REFUSED} when it must not be
     *         sent: somebody else is trying already
     */
    public synchronized long enter(long nowNanos) {
        if (state == State.CLOSED) {
            return turn;
        }
        if (nowNanos - until < 0) {
            return REFUSED;
        }
        state = State.TRIAL;
        until = nowNanos + TRIAL_NANOS;
        return ++turn;
    }

    /** The region serves a call: a trial is won, though one failure more would open it again. */
    public synchronized void served(long pass, long nowNanos) {
        if (pass == turn && state == State.TRIAL) {
            state = State.CLOSED;
            closedSince = nowNanos;
            outcomesKnown = 0;
            inARow = IN_A_ROW - 1;
        }
    }

    /** The region has served all of a call. */
    public synchronized void succeeded(long pass, long nowNanos) {
        served(pass, nowNanos);
        if (pass == turn) {
            inARow = 0;
            remember(0);
            if (nowNanos - closedSince > HEALTHY_NANOS) {
                pauseMs = FIRST_PAUSE_MS;
            }
        }
    }

    public synchronized void failed(long pass, long nowNanos, Severity severity) {
        if (pass != turn) {
            return;
        }
        inARow++;
        remember(1);
        boolean half = outcomesKnown >= LEAST_TO_JUDGE
                && 2 * Integer.bitCount(outcomes & (1 << outcomesKnown) - 1) >= outcomesKnown;
        if (state == State.TRIAL || severity == Severity.WHOLE_REGION || inARow >= IN_A_ROW || half) {
            open(nowNanos, pauseMs);
            pauseMs = Math.min(LONGEST_PAUSE_MS, 2 * pauseMs);
        }
    }

    /** A call ended in a way that says nothing of the region: if it was the trial, another may begin. */
    public synchronized void toldNothing(long pass, long nowNanos) {
        if (pass == turn && state == State.TRIAL) {
            state = State.OPEN;
            until = nowNanos;
            turn++;
        }
    }

    /** It said itself how long it wants to be left alone. */
    public synchronized void leaveAlone(long nowNanos, long millis) {
        open(nowNanos, millis);
    }

    /** Another node found it failing: where this one doesn't know that yet, it keeps away for as long. */
    public synchronized void heed(long nowNanos, long millis) {
        if (state == State.CLOSED && millis > 0) {
            state = State.OPEN;
            until = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
            turn++;
        }
    }

    /** Until a trial is due; 0: it is, or none is needed. */
    public synchronized long leftMillis(long nowNanos) {
        return state == State.CLOSED ? 0 : Math.max(0, TimeUnit.NANOSECONDS.toMillis(until - nowNanos));
    }

    private void open(long nowNanos, long millis) {
        if (state == State.OPEN && until - (nowNanos + TimeUnit.MILLISECONDS.toNanos(millis)) >= 0) {
            return;
        }
        opened += state == State.CLOSED ? 1 : 0;
        state = State.OPEN;
        turn++;
        until = nowNanos + TimeUnit.MILLISECONDS.toNanos(millis);
    }

    public synchronized State state() {
        return state;
    }

    /** How often it opened. */
    public synchronized long opened() {
        return opened;
    }

    private void remember(int outcome) {
        outcomes = outcomes << 1 | outcome;
        outcomesKnown = Math.min(REMEMBERED, outcomesKnown + 1);
    }
}
