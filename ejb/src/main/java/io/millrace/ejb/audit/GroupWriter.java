package io.millrace.ejb.audit;

import io.millrace.config.Configuration;
import io.millrace.ejb.audit.NotRecordedException.Reason;
import io.millrace.ejb.startup.Backoff;
import io.millrace.persistence.Fault;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;
import java.util.logging.Level;
import java.util.logging.Logger;

/**
 * The audit's door: a call's record goes in, and its owner hears when it is on disk. Takes records from any thread and writes them in groups. {@link #run} belongs to the audit writer, a thread that
 * does nothing else; what else is not private may be called by any thread and doesn't block.
 *
 * <p>A group that the database refuses for its data is written record by record, so that one bad record fails alone. A
 * group that fails for any other reason is tried again until its records are overdue. No record is acknowledged before
 * its transaction is committed. A writer without work asks the database now and then whether it is there.
 *
 * <p>Bounds: {@code audit.queue} records wait, one more fails at once; a record is answered within {@code
 * audit.timeout}, also while the writer hangs in the database, as long as somebody calls {@link #failOverdue}.
 */
public final class GroupWriter implements Runnable {
    private static final Logger LOG = Logger.getLogger(GroupWriter.class.getName());
    private static final Duration FIRST_WAIT = Duration.ofMillis(50);
    private static final Duration LONGEST_WAIT = Duration.ofSeconds(1);
    private static final Duration PULSE = Duration.ofMillis(100);
    private static final Duration BETWEEN_PROBES = Duration.ofSeconds(5);

    private final Configuration.Audit bounds;
    private final Store store;
    private final Time time;
    private final BlockingQueue<Entry> waiting;
    private final Backoff backoff = new Backoff(FIRST_WAIT, LONGEST_WAIT);
    private final LongAdder taken = new LongAdder();
    private final LongAdder written = new LongAdder();
    private final LongAdder failed = new LongAdder();
    private volatile List<Entry> inHand = List.of();
    private volatile String trouble;
    private volatile boolean closing;
    private volatile boolean ended;
    private volatile long giveUpAtNanos;
    private long probeAtNanos;

    GroupWriter(Configuration.Audit bounds, Store store, Time time) {
        this.bounds = bounds;
        this.store = store;
        this.time = time;
        this.waiting = new ArrayBlockingQueue<>(bounds.queue());
        this.probeAtNanos = time.nanos() + BETWEEN_PROBES.toNanos();
    }

    /**
     * Never waits. One of the two is called, once: within {@code audit.timeout}, or at once where {@code audit.queue}
     * records wait already. It is called on the audit writer's thread or on this one and must not block.
     *
     * @param record    of a call id that was never recorded before
     * @param onDisk    the record is committed
     * @param onFailure with a {@link NotRecordedException}; the record is not there, or nobody can tell
     */
    public void record(CallRecord record, Runnable onDisk, Consumer<Exception> onFailure) {
        taken.increment();
        Entry entry = new Entry(record, time.nanos() + bounds.timeout().toNanos(), onDisk, onFailure);
        if (closing) {
            fail(entry, Reason.STOPPING, "the server stops", null);
        } else if (!waiting.offer(entry)) {
            fail(entry, Reason.QUEUE_FULL, bounds.queue() + " records wait already", null);
        } else if (ended) {
            failWaiting();
        }
    }

    /** Why no call can be recorded now, in a sentence; empty when it can. Then no call should be taken. */
    public Optional<String> trouble() {
        return Optional.ofNullable(trouble);
    }

    Trail.Load load() {
        return new Trail.Load(waiting.size(), written.sum(), failed.sum());
    }

    /** Records whose owner has not been told yet, or a few more while that happens; never fewer. */
    public long open() {
        long answered = written.sum() + failed.sum();
        return taken.sum() - answered;
    }

    /** Answers the records that have waited too long. They stay in line, but the writer passes them over. */
    void failOverdue() {
        long now = time.nanos();
        waiting.forEach(entry -> failIfOverdue(entry, now));
        inHand.forEach(entry -> failIfOverdue(entry, now));
    }

    /** No more records are taken; those that wait are still written until {@code audit.drain} is over. */
    void close() {
        if (closing) {
            return;
        }
        giveUpAtNanos = time.nanos() + bounds.drain().toNanos();
        closing = true;
    }

    @Override
    public void run() {
        try {
            while (!closing || !waiting.isEmpty()) {
                turn();
            }
        } finally {
            closing = true;
            ended = true;
            failWaiting();
        }
    }

    /** Writes one group, or waits a moment for one. */
    void turn() {
        Entry first = next();
        if (first != null) {
            List<Entry> group = new ArrayList<>();
            group.add(first);
            waiting.drainTo(group, bounds.batch() - 1);
            inHand = group;
            write(group);
            inHand = List.of();
        } else if (trouble != null || time.nanos() - probeAtNanos >= 0) {
            probe();
        }
    }

    private void write(List<Entry> group) {
        for (List<Entry> open = open(group); !open.isEmpty(); open = open(open)) {
            try {
                store.write(open.stream().map(Entry::row).toList());
                succeed(open);
                return;
            } catch (RuntimeException e) {
                if (Fault.of(e) == Fault.DATA) {
                    refuse(open, e);
                    return;
                }
                inTrouble(e);
                pause();
            }
        }
    }

    private void refuse(List<Entry> group, RuntimeException refusal) {
        if (group.size() == 1) {
            fail(group.getFirst(), Reason.REFUSED_BY_DATABASE, Fault.reason(refusal), refusal);
            return;
        }
        for (Entry entry : group) {
            write(List.of(entry));
        }
    }

    private void succeed(List<Entry> group) {
        outOfTrouble();
        for (Entry entry : group) {
            if (entry.succeed()) {
                written.increment();
            }
        }
    }

    /** Those that still wait for an answer; the overdue ones get it here. */
    private List<Entry> open(List<Entry> group) {
        long now = time.nanos();
        group.forEach(entry -> failIfOverdue(entry, now));
        return group.stream().filter(entry -> !entry.isAnswered()).toList();
    }

    private void failIfOverdue(Entry entry, long now) {
        if (entry.isOverdue(now)) {
            fail(entry, Reason.TIMEOUT, "not written within " + bounds.timeout().toMillis() + " ms"
                    + trouble().map(why -> ", " + why).orElse(""), null);
        } else if (closing && now - giveUpAtNanos >= 0) {
            fail(entry, Reason.STOPPING, "the server stops and could not write it in time", null);
        }
    }

    private void failWaiting() {
        List<Entry> left = new ArrayList<>();
        waiting.drainTo(left);
        left.addAll(inHand);
        left.forEach(entry -> fail(entry, Reason.STOPPING, "the server stops", null));
    }

    private void fail(Entry entry, Reason reason, String message, Throwable cause) {
        if (entry.fail(reason, message, cause)) {
            failed.increment();
        }
    }

    private void probe() {
        try {
            store.probe();
            outOfTrouble();
        } catch (RuntimeException e) {
            inTrouble(e);
            pause();
        }
    }

    private Entry next() {
        try {
            return waiting.poll(PULSE.toMillis(), TimeUnit.MILLISECONDS);
        } catch (InterruptedException e) {
            close();
            return null;
        }
    }

    /** An interrupt is the server's wish to stop; what waits is still written. */
    private void pause() {
        try {
            time.sleep(backoff.next());
        } catch (InterruptedException e) {
            close();
        }
    }

    private void inTrouble(RuntimeException failure) {
        boolean isNew = trouble == null;
        trouble = "the audit can't be written: " + Fault.reason(failure);
        if (isNew) {
            LOG.log(Level.WARNING, "From now on {0}", trouble);
        }
    }

    private void outOfTrouble() {
        backoff.reset();
        probeAtNanos = time.nanos() + BETWEEN_PROBES.toNanos();
        if (trouble != null) {
            trouble = null;
            LOG.info("The audit can be written again.");
        }
    }
}
