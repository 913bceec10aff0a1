package io.millrace.ejb.lane;

import java.util.ArrayList;
import java.util.EnumMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The four bounded queues in which work waits for an engine. P0 goes before all others. P1 to P3 share by weight: each
 * lane has a clock that goes on by the work it was served, divided by its weight, and the lane that is furthest behind is
 * next. Within a lane tenants share equally in the same way (the virtual token counter of Sheng et al., "Fairness in
 * Serving Large Language Models", 2024), each in order of arrival. Who is taken is charged at once what serving him is
 * expected to cost ("VTC with length prediction" there), so that many who are taken at once are shared out too; what was
 * more is charged as it is served, what was less is given back at the end. Ageing: the longer the oldest of a lane has waited of
 * the time until its deadline, the more weight it has.
 *
 * <p>Thread-safe; every call holds one short lock and none waits. Has no clock of its own. Taking the next item costs
 * O(lanes + tenants that wait in the lane).
 *
 * @param <T> what waits
 */
public final class Lanes<T extends Waiter> {

    private final Map<Lane, LaneQueue<T>> queues = new EnumMap<>(Lane.class);
    /** Of those that were taken and have neither ended nor been put back. */
    private final Map<T, Charge> charges = new IdentityHashMap<>();
    private final Arrivals arrivals = new Arrivals();
    private boolean closed;
    /** Clock of the lane whose turn came last: nobody begins before it (start-time fair queueing, Goyal et al., 1996). */
    private double turn;
    private double servedTurn;

    public Lanes(Map<Lane, LaneBounds> bounds) {
        for (Lane lane : Lane.values()) {
            if (bounds.get(lane) == null) {
                throw new IllegalArgumentException("lane " + lane + " needs bounds");
            }
            queues.put(lane, new LaneQueue<>(bounds.get(lane)));
        }
    }

    /**
     * Adds all of {@code items} or, when the lane has no room for all of them or the lanes are closed, none.
     *
     * @param nowNanos      of the clock that the deadlines are on
     * @param deadlineNanos until when it must have begun; {@link Long#MAX_VALUE}: no deadline
     */
    public synchronized boolean offer(Lane lane, List<T> items, long nowNanos, long deadlineNanos) {
        LaneQueue<T> queue = queues.get(lane);
        long tokens = items.stream().mapToLong(Waiter::work).sum();
        if (closed || !queue.hasRoom(items.size(), tokens)) {
            return false;
        }
        arrivals.came(nowNanos, size() == 0);
        beginsToWait(queue);
        for (T item : items) {
            queue.add(item, nowNanos, deadlineNanos);
        }
        return true;
    }

    /** Takes nothing new from now on; what waits goes on to be served. */
    public synchronized void close() {
        closed = true;
    }

    /** Puts an item that was already served for a while back in front; it was admitted once, so no bound applies. */
    public synchronized void putBack(T item) {
        ended(item);
        LaneQueue<T> queue = queues.get(item.lane());
        beginsToWait(queue);
        queue.putBack(item);
    }

    private void beginsToWait(LaneQueue<T> queue) {
        if (queue.size() == 0) {
            queue.catchUp(turn, servedTurn);
        }
    }

    /** Whether as much more would find room; may be out of date when it returns. */
    public synchronized boolean hasRoom(Lane lane, int items, long work) {
        return queues.get(lane).hasRoom(items, work);
    }

    /**
     * Takes the item whose turn it is if {@code fits} lets it pass; nobody overtakes an item that doesn't fit yet. Its work
     * is charged until it {@link #ended} or is {@link #putBack}.
     */
    public synchronized T poll(Predicate<T> fits, long nowNanos) {
        LaneQueue<T> next = next();
        if (next == null || !fits.test(next.head())) {
            return null;
        }
        if (next != queues.get(Lane.P0)) {
            turn = Math.max(turn, next.clock());
            servedTurn = Math.max(servedTurn, next.served());
        }
        double rate = next.rate(nowNanos);
        T item = next.take();
        charges.put(item, next.charge(item, rate));
        return item;
    }

    /** An item was served; what it was not charged for when it was taken moves its lane's and tenant's turn back. */
    public synchronized void served(T item, int work, long nowNanos) {
        Charge charge = charges.get(item);
        LaneQueue<T> queue = queues.get(item.lane());
        double rate = queue.rate(nowNanos);
        queue.served(work, rate);
        queue.charge(item.tenant(), charge == null ? work : charge.serve(work), rate);
    }

    /** An item that was taken needs nothing more; what it was charged too much is given back. */
    public synchronized void ended(T item) {
        Charge charge = charges.remove(item);
        if (charge != null) {
            queues.get(item.lane()).giveBack(item.tenant(), charge);
        }
    }

    /** Items that were taken and have neither ended nor been put back. */
    public synchronized int taken() {
        return charges.size();
    }

    /**
     * What a lane was served by its weight, whatever it was charged: among those that were taken, the one with the least is
     * furthest behind. P0 is before all others.
     */
    public synchronized double turn(Lane lane) {
        return lane == Lane.P0 ? Double.NEGATIVE_INFINITY : queues.get(lane).served();
    }

    /** Everybody who waits. */
    public synchronized List<T> waiting() {
        List<T> waiting = new ArrayList<>();
        queues.values().forEach(queue -> queue.remove(each -> {
            waiting.add(each.item());
            return false;
        }, new ArrayList<>()));
        return waiting;
    }

    /** Takes out every item that satisfies {@code condition}, wherever it waits. */
    public synchronized List<T> removeIf(Predicate<T> condition) {
        List<T> removed = new ArrayList<>();
        queues.values().forEach(queue -> queue.remove(waiting -> condition.test(waiting.item()), removed));
        return removed;
    }

    /** Takes out every item whose deadline is past. */
    public synchronized List<T> expire(long nowNanos) {
        List<T> removed = new ArrayList<>();
        queues.values().forEach(queue -> queue.remove(waiting -> waiting.isLate(nowNanos), removed));
        return removed;
    }

    public LaneBounds bounds(Lane lane) {
        return queues.get(lane).bounds();
    }

    public synchronized int size() {
        return queues.values().stream().mapToInt(LaneQueue::size).sum();
    }

    public synchronized int size(Lane lane) {
        return queues.get(lane).size();
    }

    /** Work that waits in a lane, as {@link Waiter#work} counts it. */
    public synchronized long work(Lane lane) {
        return queues.get(lane).work();
    }

    /**
     * How much longer to wait for others to come, nanoseconds; 0: not at all.
     *
     * @param worthNanos how late the next one may come after the last
     * @param mostNanos  how long the first may have to wait for others
     */
    public synchronized long gatherNanos(double worthNanos, long mostNanos, long nowNanos) {
        if (!(arrivals.gapNanos() < worthNanos)) {
            return 0;
        }
        long until = Math.min(arrivals.last() - nowNanos + (long) worthNanos, arrivals.first() - nowNanos + mostNanos);
        return Math.max(0, until);
    }

    /** How long the oldest item of a lane has waited, nanoseconds; 0 when none waits. */
    public synchronized long oldestNanos(Lane lane, long nowNanos) {
        return queues.get(lane).oldestNanos(nowNanos);
    }

    private LaneQueue<T> next() {
        LaneQueue<T> critical = queues.get(Lane.P0);
        if (critical.size() > 0) {
            return critical;
        }
        LaneQueue<T> next = null;
        double earliest = Double.POSITIVE_INFINITY;
        for (LaneQueue<T> queue : queues.values()) {
            if (queue.size() > 0 && queue.clock() < earliest) {
                earliest = queue.clock();
                next = queue;
            }
        }
        return next;
    }
}
