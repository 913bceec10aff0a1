package io.millrace.ejb.quota;

import io.millrace.ejb.quota.Standing.Gauge;
import io.millrace.ejb.quota.Verdict.Granted;
import io.millrace.ejb.quota.Verdict.Refused;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;

/**
 * One key's use of its limits. Thread-safe; each call holds the one lock for some arithmetic and nothing else.
 *
 * <p>The minute's limits are token buckets, see {@code Bucket}. The day's is plain: what was used by calls received in
 * the UTC calendar day and what is set aside for those under way is never more than the limit.
 */
final class Quota {

    private static final long NANOS_A_SECOND = 1_000_000_000L;
    private static final int MILLIS_A_SECOND = 1000;
    private static final long MILLIS_A_MINUTE = 60_000;
    /** For what waits for other calls to end. */
    private static final int SOON_SECONDS = 1;

    private final Lock learning = new ReentrantLock();
    private final Bucket requests;
    private final Bucket tokens;
    private Limits limits = Limits.NONE;
    private int underWay;
    private long day;
    private long usedToday;
    private long heldToday;
    private boolean todayKnown;
    private long touchedNanos;
    private boolean retired;
    /** What this node's own calls used today, without what the audit told. */
    private long ownToday;
    private final Map<String, Use> heeded = new HashMap<>();
    private boolean met;
    private int othersUnderWay;
    private long othersHeld;
    private volatile boolean told = true;

    Quota(Moment now) {
        requests = new Bucket(now.nanos());
        tokens = new Bucket(now.nanos());
        day = now.day();
        touchedNanos = now.nanos();
    }

    /** Whoever finds out what was used today holds it meanwhile; nothing in here does. */
    Lock learning() {
        return learning;
    }

    /** Whether it counts everything of this day: either it did so from the day's beginning or it was told the rest. */
    synchronized boolean knows(Moment now) {
        reach(now);
        return todayKnown;
    }

    /** @param used what the audit has of this day; what was used meanwhile may be in it or not */
    synchronized void learn(long dayOfUse, long used) {
        if (!todayKnown && dayOfUse == day) {
            usedToday = Math.max(usedToday, used);
            todayKnown = true;
        }
    }

    /**
     * What other nodes have let through since the last time. The first time, what the fullest of them lets through now is
     * what this one does.
     *
     * @param others by name; those that are gone have nothing set aside
     */
    synchronized void heed(Map<String, Use> others, Limits bounds, Moment now) {
        limit(bounds);
        reach(now);
        if (!met) {
            met = true;
            heeded.putAll(others);
            requests.byOthers(others.values().stream().mapToLong(use -> lacks(use.missingRequests(), limits.requestsPerMinute(), use, now)).max().orElse(0));
            tokens.byOthers(others.values().stream().mapToLong(use -> lacks(use.missingTokens(), limits.tokensPerMinute(), use, now)).max().orElse(0));
        }
        othersUnderWay = 0;
        othersHeld = 0;
        others.forEach((node, use) -> {
            Use before = heeded.getOrDefault(node, Use.NOTHING);
            heeded.put(node, use);
            requests.byOthers(use.requests() - before.requests());
            tokens.byOthers(use.tokens() - before.tokens());
            usedToday += use.usedOn(day) - before.usedOn(day);
            othersUnderWay += use.underWay();
            othersHeld += use.day() == day ? use.heldToday() : 0;
        });
    }

    /** What lacked then has been refilled in part. */
    private static long lacks(long missing, long limit, Use use, Moment now) {
        long refilled = limit * Math.max(0, now.instant().toEpochMilli() - use.atMillis()) / MILLIS_A_MINUTE;
        return Math.max(0, missing - refilled);
    }

    /** What this node has let through, for the others. */
    synchronized Use use(Moment now) {
        told = true;
        reach(now);
        return new Use(requests.taken(), tokens.taken(), day, ownToday, heldToday, underWay, requests.missing(), tokens.missing(),
                now.instant().toEpochMilli());
    }

    /** Whether something has changed since the others were told. */
    boolean untold() {
        return !told;
    }

    /**
     * Sets so many tokens and a place aside; null when this quota is retired and another one counts for its key.
     *
     * @param likely what the call will probably need in the end: who is refused waits for so much
     */
    synchronized Verdict reserve(Limits bounds, Moment now, long amount, long likely) {
        if (retired) {
            return null;
        }
        limit(bounds);
        reach(now);
        Refused refused = worst(requestRefused(), placeRefused(), minuteRefused(amount, amount, likely), dayRefused(amount, amount, now));
        if (refused != null) {
            return refused;
        }
        told = false;
        underWay++;
        heldToday += amount;
        return new Granted(new Reservation(this, day, amount, requests.take(1), tokens.take(amount)));
    }

    synchronized Verdict adjust(Reservation reservation, Moment now, long least, long most) {
        if (reservation.settled) {
            throw new IllegalStateException("a reservation can't be adjusted after its call has ended");
        }
        reach(now);
        long more = least - reservation.tokens;
        Refused refused = worst(null, null, minuteRefused(more, least, more), isToday(reservation) ? dayRefused(more, least, now) : null);
        if (refused != null) {
            return refused;
        }
        long free = Math.min(tokens.left(), isToday(reservation) ? leftToday() : Long.MAX_VALUE);
        long change = Math.clamp(most - reservation.tokens, more, Math.max(more, free));
        if (change > 0) {
            tokens.takeMore(reservation.minute, change);
        } else {
            tokens.giveBack(reservation.minute, -change);
        }
        told = false;
        reservation.tokens += change;
        heldToday += isToday(reservation) ? change : 0;
        return new Granted(reservation);
    }

    synchronized void settle(Reservation reservation, Moment now, long used, boolean asIfNeverThere) {
        if (reservation.settled) {
            return;
        }
        reservation.settled = true;
        told = false;
        reach(now);
        underWay--;
        if (isToday(reservation)) {
            heldToday -= reservation.tokens;
            usedToday += used;
            ownToday += used;
        }
        tokens.giveBack(reservation.minute, Math.max(0, reservation.tokens - used));
        tokens.drop(reservation.minute);
        requests.giveBack(reservation.request, asIfNeverThere ? 1 : 0);
        requests.drop(reservation.request);
    }

    synchronized long tokens(Reservation reservation) {
        return reservation.tokens;
    }

    /** @param bounds count until a call has been asked for; then those of the last call do, as an answer on its way may have older ones */
    synchronized Standing standing(Limits bounds, Moment now) {
        if (limits.none()) {
            limit(bounds);
        }
        reach(now);
        Gauge ofRequests = limits.requestsPerMinute() == 0 ? null
                : new Gauge(limits.requestsPerMinute(), requests.left(), requests.resetMillis());
        Gauge ofMinute = limits.tokensPerMinute() == 0 ? null
                : new Gauge(limits.tokensPerMinute(), tokens.left(), tokens.resetMillis());
        Gauge ofDay = limits.tokensPerDay() == 0 || !todayKnown ? null
                : new Gauge(limits.tokensPerDay(), leftToday(), usedToday + heldToday == 0 ? 0 : (long) MILLIS_A_SECOND * now.secondsLeftInDay());
        boolean dayIsTighter = ofMinute == null || ofDay != null && ofDay.left() < ofMinute.left();
        return new Standing(ofRequests, dayIsTighter ? ofDay : ofMinute);
    }

    /** Whether nothing is under way, nothing was asked for that long, and so from now on this quota is of no use. */
    synchronized boolean retire(long nowNanos, Duration idle) {
        retired |= underWay == 0 && nowNanos - touchedNanos >= idle.toNanos();
        return retired;
    }

    private void limit(Limits bounds) {
        if (!bounds.equals(limits)) {
            limits = bounds;
            requests.limit(bounds.requestsPerMinute());
            tokens.limit(bounds.tokensPerMinute());
        }
    }

    /** Time goes on. A clock that was set back doesn't bring an earlier day again. */
    private void reach(Moment now) {
        requests.fill(now.nanos());
        tokens.fill(now.nanos());
        touchedNanos = Math.max(touchedNanos, now.nanos());
        if (now.day() > day) {
            day = now.day();
            usedToday = 0;
            ownToday = 0;
            heldToday = 0;
            othersHeld = 0;
            todayKnown = true;
        }
    }

    private boolean isToday(Reservation reservation) {
        return reservation.day == day;
    }

    private long leftToday() {
        return limits.tokensPerDay() == 0 ? Long.MAX_VALUE : Math.max(0, limits.tokensPerDay() - usedToday - heldToday - othersHeld);
    }

    private Refused requestRefused() {
        return requests.left() >= 1 ? null : new Refused(Limit.REQUESTS_PER_MINUTE, limits.requestsPerMinute(), 0, 1, seconds(requests.waitNanos(1)));
    }

    private Refused placeRefused() {
        return limits.concurrentRequests() == 0 || underWay + othersUnderWay < limits.concurrentRequests() ? null
                : new Refused(Limit.CONCURRENT_REQUESTS, limits.concurrentRequests(), 0, 1, SOON_SECONDS);
    }

    /**
     * @param more   what is to be taken now of the {@code whole} that the call needs
     * @param needed what must be there before another try is worth while
     */
    private Refused minuteRefused(long more, long whole, long needed) {
        int bound = limits.tokensPerMinute();
        if (more <= tokens.left()) {
            return null;
        }
        return new Refused(Limit.TOKENS_PER_MINUTE, bound, tokens.left() + whole - more, whole,
                whole > bound ? 0 : seconds(tokens.waitNanos(Math.clamp(needed, more, Math.max(more, bound)))));
    }

    private Refused dayRefused(long more, long whole, Moment now) {
        int bound = limits.tokensPerDay();
        if (more <= leftToday()) {
            return null;
        }
        int wait = whole > bound ? 0 : usedToday + whole <= bound ? SOON_SECONDS : now.secondsLeftInDay();
        return new Refused(Limit.TOKENS_PER_DAY, bound, leftToday() + whole - more, whole, wait);
    }

    /** The one that lasts longest, or null where none is. */
    private static Refused worst(Refused... all) {
        Refused worst = null;
        for (Refused each : all) {
            if (each != null && (worst == null || lasts(each) > lasts(worst))) {
                worst = each;
            }
        }
        return worst;
    }

    private static int lasts(Refused refused) {
        return refused.waitSeconds() == 0 ? Integer.MAX_VALUE : refused.waitSeconds();
    }

    private static int seconds(long nanos) {
        return (int) Math.max(1, Math.ceilDiv(nanos, NANOS_A_SECOND));
    }
}
