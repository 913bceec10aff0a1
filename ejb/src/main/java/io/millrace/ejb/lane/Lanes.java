package io.millrace.ejb.lane;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.EnumMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.function.Predicate;

/**
 * The four bounded queues in which work waits for an engine: the highest lane first, in order of arrival within a
 * lane. Thread-safe; every call holds one short lock and none waits.
 *
 * @param <T> what waits
 */
public final class Lanes<T> {

    private record Waiting<T>(T item, long deadlineNanos) {}

    private final Map<Lane, Integer> capacity;
    private final Map<Lane, Deque<Waiting<T>>> queues = new EnumMap<>(Lane.class);
    private boolean closed;

    /** @param capacity most items that wait in each lane */
    public Lanes(Map<Lane, Integer> capacity) {
        this.capacity = new EnumMap<>(capacity);
        for (Lane lane : Lane.values()) {
            if (capacity.getOrDefault(lane, 0) < 1) {
                throw new IllegalArgumentException("lane " + lane + " needs a capacity of at least 1");
            }
            queues.put(lane, new ArrayDeque<>());
        }
    }

    /** Adds all of {@code items} or, when the lane has no room for all of them or the lanes are closed, none. */
    public synchronized boolean offer(Lane lane, List<T> items, long deadlineNanos) {
        Deque<Waiting<T>> queue = queues.get(lane);
        if (closed || queue.size() + items.size() > capacity.get(lane)) {
            return false;
        }
        for (T item : items) {
            queue.addLast(new Waiting<>(item, deadlineNanos));
        }
        return true;
    }

    /** Takes nothing new from now on; what waits goes on to be served. */
    public synchronized void close() {
        closed = true;
    }

    /** Puts an item that was already served for a while back in front; it was admitted once, so no bound applies. */
    public synchronized void putBack(Lane lane, T item) {
        queues.get(lane).addFirst(new Waiting<>(item, Long.MAX_VALUE));
    }

    /** Whether {@code items} more would find room; may be out of date when it returns. */
    public synchronized boolean hasRoom(Lane lane, int items) {
        return queues.get(lane).size() + items <= capacity.get(lane);
    }

    /** Takes the next item if {@code fits} lets it pass; nobody overtakes an item that doesn't fit yet. */
    public synchronized T poll(Predicate<T> fits) {
        for (Deque<Waiting<T>> queue : queues.values()) {
            if (!queue.isEmpty()) {
                return fits.test(queue.peekFirst().item()) ? queue.pollFirst().item() : null;
            }
        }
        return null;
    }

    /** Takes out every item that satisfies {@code condition}, wherever it waits. */
    public synchronized List<T> removeIf(Predicate<T> condition) {
        return remove(waiting -> condition.test(waiting.item()));
    }

    /** Takes out every item whose deadline is past. */
    public synchronized List<T> expire(long nowNanos) {
        return remove(waiting -> waiting.deadlineNanos() != Long.MAX_VALUE && waiting.deadlineNanos() - nowNanos <= 0);
    }

    public synchronized int size() {
        return queues.values().stream().mapToInt(Deque::size).sum();
    }

    public synchronized int size(Lane lane) {
        return queues.get(lane).size();
    }

    private List<T> remove(Predicate<Waiting<T>> condition) {
        List<T> removed = new ArrayList<>();
        for (Deque<Waiting<T>> queue : queues.values()) {
            for (Iterator<Waiting<T>> all = queue.iterator(); all.hasNext();) {
                Waiting<T> waiting = all.next();
                if (condition.test(waiting)) {
                    all.remove();
                    removed.add(waiting.item());
                }
            }
        }
        return removed;
    }
}
