package io.millrace.ejb.region;

import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import io.millrace.ejb.lane.Pace;
import io.millrace.ejb.lane.Waiter;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * How many calls a region serves at once, and the lanes in which the others wait: P0 first, P1 to P3 by weight, tenants
 * equally. Thread-safe; every call holds one short lock. Has no clock of its own.
 *
 * @param <T> what waits
 */
public final class Gate<T extends Waiter> {

    private final int places;
    private final int reserved;
    private final Lanes<T> lanes;
    private final Pace pace = new Pace();
    private int inside;
    private long servedSince;

    /** @param reserved further places that only P0 may have */
    public Gate(int places, int reserved, Map<Lane, LaneBounds> bounds) {
        this.places = places;
        this.reserved = reserved;
        this.lanes = new Lanes<>(bounds);
    }

    /**
     * Lets all of one lane in: as many as there are places for, if nobody waits that goes before, and the others to wait.
     *
     * @param admitted gets those that have a place
     * @return false when the lane has no room for those that must wait; then nobody was let in
     */
    public synchronized boolean enter(List<T> items, long nowNanos, long deadlineNanos, Consumer<T> admitted) {
        Lane lane = items.getFirst().lane();
        int places = hasTurn(lane) ? (int) Math.clamp((long) bound(lane) - inside, 0, items.size()) : 0;
        List<T> others = items.subList(places, items.size());
        if (!others.isEmpty() && !lanes.offer(lane, others, nowNanos, deadlineNanos)) {
            return false;
        }
        for (T item : items.subList(0, places)) {
            count(item, nowNanos);
            admitted.accept(item);
        }
        return true;
    }

    /** Enters whatever the bounds say: an answer that was begun elsewhere goes on. */
    public synchronized void enterBegun(T item, long nowNanos) {
        count(item, nowNanos);
    }

    /** Somebody left; answers who may enter now. */
    public synchronized List<T> leave(T item, long nowNanos) {
        inside--;
        pace.step(item.work(), Math.max(1, nowNanos - servedSince));
        servedSince = nowNanos;
        List<T> next = new ArrayList<>();
        for (T waiting = lanes.poll(this::fits, nowNanos); waiting != null; waiting = lanes.poll(this::fits, nowNanos)) {
            count(waiting, nowNanos);
            next.add(waiting);
        }
        return next;
    }

    /** Takes somebody out who waits; false when it doesn't. */
    public synchronized boolean remove(T item) {
        return !lanes.removeIf(each -> each == item).isEmpty();
    }

    /** Those that wait now. */
    public synchronized List<T> waiters() {
        List<T> all = new ArrayList<>();
        lanes.removeIf(each -> !all.add(each));
        return all;
    }

    /** Takes out those that wait and whose deadline is past. */
    public synchronized List<T> expire(long nowNanos) {
        return lanes.expire(nowNanos);
    }

    /** How long somebody who comes now will probably wait; 0 when there is a place. */
    public synchronized long waitNanos(Lane lane) {
        return hasPlace(lane) ? 0 : Math.max(1, pace.waitNanos(lane, lanes));
    }

    /** How long it will probably take until a full lane has room for one more. */
    public synchronized long placeNanos(Lane lane) {
        return pace.placeNanos(lane, lanes);
    }

    public synchronized boolean hasPlace(Lane lane) {
        return inside < bound(lane) && hasTurn(lane);
    }

    /** Whether one more may come, to enter or to wait. */
    public synchronized boolean hasRoom(Lane lane) {
        return hasPlace(lane) || lanes.hasRoom(lane, 1, 0);
    }

    public synchronized int inside() {
        return inside;
    }

    public synchronized int waiting() {
        return lanes.size();
    }

    private boolean fits(T item) {
        return inside < bound(item.lane());
    }

    private int bound(Lane lane) {
        return places + (lane == Lane.P0 ? reserved : 0);
    }

    /** Whether nobody waits that goes before. */
    private boolean hasTurn(Lane lane) {
        return lanes.size() == 0 || lane == Lane.P0 && lanes.size(Lane.P0) == 0;
    }

    private void count(T item, long nowNanos) {
        if (inside++ == 0) {
            servedSince = nowNanos;
        }
        lanes.served(item, item.work(), nowNanos);
        lanes.ended(item);
    }
}
