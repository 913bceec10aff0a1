package io.millrace.ejb.lane;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/** One lane: what waits in it, tenant by tenant. Guarded by the lock of {@link Lanes}. */
final class LaneQueue<T extends Waiter> {

    /** Tenants whose turn is remembered though nothing of theirs waits. */
    private static final int MOST_IDLE_TENANTS = 10_000;

    /** How many times its weight a lane has when its oldest item is about to miss its deadline. */
    private static final double OLDEST_WEIGHT = 4;

    /** @param since when it came; an item put back is of no age */
    record Waiting<T>(T item, long since, long deadlineNanos) {
        boolean isLate(long nowNanos) {
            return hasDeadline() && deadlineNanos - nowNanos <= 0;
        }

        boolean hasDeadline() {
            return deadlineNanos != Long.MAX_VALUE;
        }

        /** Part of its patience that is gone, 0 to 1. */
        double age(long nowNanos) {
            double patience = deadlineNanos - since;
            return !hasDeadline() ? 0 : patience <= 0 ? 1 : Math.clamp((nowNanos - since) / patience, 0, 1);
        }
    }

    private static final class Tenant<T> {
        private final Deque<Waiting<T>> waiting = new ArrayDeque<>();
        private double clock;
        /** Its clock never goes back behind this one, that of the others when it began to wait. */
        private final double floor;

        private Tenant(double floor) {
            this.floor = floor;
        }
    }

    private final LaneBounds bounds;
    private final Map<String, Tenant<T>> waiting = new LinkedHashMap<>();
    private final Map<String, Double> idle = new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Double> eldest) {
            return size() > MOST_IDLE_TENANTS;
        }
    };
    private int size;
    private long work;
    private double clock;
    private double served;
    /** As {@link Tenant#floor}, of the lane. */
    private double floor;
    /** Clock of the tenant whose turn came last: nobody begins before it. */
    private double turn;
    private long agedNanos;
    private double age;

    LaneQueue(LaneBounds bounds) {
        this.bounds = bounds;
    }

    LaneBounds bounds() {
        return bounds;
    }

    boolean hasRoom(int items, long more) {
        return size + items <= bounds.items() && (work + more <= bounds.work() || size == 0);
    }

    void add(T item, long nowNanos, long deadlineNanos) {
        tenant(item.tenant()).waiting.addLast(new Waiting<>(item, nowNanos, deadlineNanos));
        count(item, 1);
    }

    void putBack(T item) {
        tenant(item.tenant()).waiting.addFirst(new Waiting<>(item, 0, Long.MAX_VALUE));
        count(item, 1);
    }

    /** The item whose turn it is; the lane must not be empty. */
    T head() {
        return next().getValue().waiting.peekFirst().item();
    }

    T take() {
        Map.Entry<String, Tenant<T>> next = next();
        Tenant<T> tenant = next.getValue();
        turn = Math.max(turn, tenant.clock);
        T item = tenant.waiting.pollFirst().item();
        count(item, -1);
        if (tenant.waiting.isEmpty()) {
            waiting.remove(next.getKey());
            idle.put(next.getKey(), tenant.clock);
        }
        return item;
    }

    /** What was just taken counts as served as far as was expected; else all that finds room at once is one lane's. */
    Charge charge(T item, double rate) {
        charge(item.tenant(), item.work(), rate);
        return new Charge(item.work(), rate);
    }

    /** What an item was charged and not served is given back, but not what its lane or tenant would have slept through. */
    void giveBack(String name, Charge charge) {
        clock = Math.max(clock - charge.left() * charge.rate(), Math.min(clock, floor));
        Tenant<T> tenant = waiting.get(name);
        if (tenant != null) {
            tenant.clock = Math.max(tenant.clock - charge.left(), Math.min(tenant.clock, tenant.floor));
        } else {
            idle.computeIfPresent(name, (_, before) -> before - charge.left());
        }
    }

    /** What a token moves the clock by. */
    double rate(long nowNanos) {
        return 1 / (bounds.weight() * (1 + (OLDEST_WEIGHT - 1) * age(nowNanos)));
    }

    void served(int tokens, double rate) {
        served += tokens * rate;
    }

    void charge(String name, int tokens, double rate) {
        clock += tokens * rate;
        Tenant<T> tenant = waiting.get(name);
        if (tenant != null) {
            tenant.clock += tokens;
        } else {
            idle.merge(name, turn + tokens, (before, _) -> before + tokens);
        }
    }

    /** Work served so far by weight, whatever was charged. */
    double served() {
        return served;
    }

    /** Work charged so far by weight; the lane that is furthest behind is next. */
    double clock() {
        return clock;
    }

    /** Begins to wait, with the others' clocks where its own are behind. */
    void catchUp(double othersCharged, double othersServed) {
        floor = othersCharged;
        clock = Math.max(clock, othersCharged);
        served = Math.max(served, othersServed);
    }

    int size() {
        return size;
    }

    long work() {
        return work;
    }

    long oldestNanos(long nowNanos) {
        long oldest = 0;
        for (Tenant<T> tenant : waiting.values()) {
            Waiting<T> first = tenant.waiting.peekFirst();
            oldest = first.hasDeadline() ? Math.max(oldest, nowNanos - first.since()) : oldest;
        }
        return oldest;
    }

    void remove(Predicate<Waiting<T>> condition, List<T> removed) {
        for (Iterator<Map.Entry<String, Tenant<T>>> all = waiting.entrySet().iterator(); all.hasNext();) {
            Map.Entry<String, Tenant<T>> each = all.next();
            Tenant<T> tenant = each.getValue();
            for (Iterator<Waiting<T>> items = tenant.waiting.iterator(); items.hasNext();) {
                Waiting<T> item = items.next();
                if (condition.test(item)) {
                    items.remove();
                    count(item.item(), -1);
                    removed.add(item.item());
                }
            }
            if (tenant.waiting.isEmpty()) {
                all.remove();
                idle.put(each.getKey(), tenant.clock);
            }
        }
    }

    /** Of the oldest that waits; looked for once for all that a step served. */
    private double age(long nowNanos) {
        if (nowNanos != agedNanos) {
            agedNanos = nowNanos;
            age = 0;
            for (Tenant<T> tenant : waiting.values()) {
                age = Math.max(age, tenant.waiting.peekFirst().age(nowNanos));
            }
        }
        return age;
    }

    private Map.Entry<String, Tenant<T>> next() {
        Map.Entry<String, Tenant<T>> next = null;
        for (Map.Entry<String, Tenant<T>> each : waiting.entrySet()) {
            if (next == null || each.getValue().clock < next.getValue().clock) {
                next = each;
            }
        }
        return next;
    }

    private Tenant<T> tenant(String name) {
        return waiting.computeIfAbsent(name, _ -> {
            Tenant<T> tenant = new Tenant<>(turn);
            Double before = idle.remove(name);
            tenant.clock = before == null ? turn : Math.max(before, turn);
            return tenant;
        });
    }

    private void count(T item, int sign) {
        size += sign;
        work += (long) sign * item.work();
    }
}
