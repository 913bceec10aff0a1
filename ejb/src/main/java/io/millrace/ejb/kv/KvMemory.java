package io.millrace.ejb.kv;

import java.util.ArrayDeque;
import java.util.Deque;

/** Memory for states on their way to the disk or back. Who needs more than is left may wait, in the order in which all came. Thread-safe. */
final class KvMemory {

    private record Waiting(long bytes, Runnable begin) {}

    private final long most;
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private long taken;

    KvMemory(long most) {
        this.most = most;
    }

    /** Whether so much is left, for which nobody waits. */
    synchronized boolean has(long bytes) {
        return waiting.isEmpty() && taken + bytes <= most;
    }

    /** Takes it if it is there. */
    synchronized boolean take(long bytes) {
        boolean there = has(bytes);
        taken += there ? bytes : 0;
        return there;
    }

    /**
     * Takes it as soon as it is there, and begins then: at once, or on the thread that frees what was missing.
     *
     * @param begin must not block
     * @return false where there will never be so much; then nothing begins
     */
    boolean await(long bytes, Runnable begin) {
        if (bytes > most) {
            return false;
        }
        synchronized (this) {
            waiting.addLast(new Waiting(bytes, begin));
        }
        beginAll();
        return true;
    }

    /** What was taken is of no more use. */
    void free(long bytes) {
        synchronized (this) {
            taken -= bytes;
        }
        beginAll();
    }

    /** Bytes that are taken or waited for. */
    synchronized long wanted() {
        return taken + waiting.stream().mapToLong(Waiting::bytes).sum();
    }

    private void beginAll() {
        for (Waiting next = next(); next != null; next = next()) {
            next.begin.run();
        }
    }

    private synchronized Waiting next() {
        Waiting next = waiting.peekFirst();
        if (next == null || taken + next.bytes > most) {
            return null;
        }
        taken += next.bytes;
        return waiting.removeFirst();
    }
}
