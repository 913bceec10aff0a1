package io.millrace.ejb.batch;

import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.KvFormat;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.ejb.kv.KvStore.Match;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/**
 * Which prompts begin with a state from the disk. A sequence takes its slot and waits there, with nothing in it, until the
 * file was read; the others go on. What comes too late, damaged, or finds no room is computed. Pure; owned by the batch
 * thread, but for {@link Ticket}.
 */
final class DiskLoads {

    /** Tokens that a file must have beyond what lies in KV cells. */
    static final int LEAST_GAIN = 32;
    /** A file that is read in this time is read, whatever computing would take. */
    private static final double MOMENT_NANOS = 2e6;
    /** Of the time that computing takes, the part that reading is worth waiting for. */
    private static final double PATIENT_PART = 0.5;
    /** While nobody knows what computing takes, reading may take so many times what it probably does. */
    private static final double PATIENT_TIMES = 10;

    /** A file that is to be read; may be awaited by several. Filled by the store's thread, looked at by the batch thread. */
    static final class Ticket {
        private final Match match;
        private final long deadlineNanos;
        private KvSnapshot snapshot;
        private boolean there;
        private boolean closed;
        private boolean restored;

        private Ticket(Match match, long deadlineNanos) {
            this.match = match;
            this.deadlineNanos = deadlineNanos;
        }

        /** What comes too late is let go. */
        private synchronized void fill(KvSnapshot read) {
            there = true;
            if (!closed) {
                snapshot = read;
            } else if (read != null) {
                read.close();
            }
        }

        private synchronized boolean isOpen() {
            return !closed;
        }

        /** Nobody waits for it any more. */
        private synchronized void close() {
            closed = true;
            if (snapshot != null) {
                snapshot.close();
                snapshot = null;
            }
        }

        private synchronized boolean isDue(long nowNanos) {
            return there || nowNanos - deadlineNanos >= 0;
        }

        private synchronized KvSnapshot snapshot() {
            return snapshot;
        }
    }

    /** What a sequence waits for. */
    record Awaited(Ticket ticket, Match match) {}

    private final Disk disk;
    private final Slots slots;
    private final List<Sequence> running;
    private final List<Sequence> paused;
    /** Those that are not closed. */
    private final List<Ticket> open = new ArrayList<>();
    private KvFormat format;
    private long restores;

    DiskLoads(Disk disk, Slots slots, List<Sequence> running, List<Sequence> paused) {
        this.disk = disk;
        this.slots = slots;
        this.running = running;
        this.paused = paused;
    }

    /** The engine's snapshots are like this from now on. */
    void use(KvFormat other) {
        format = other;
        if (disk.isThere()) {
            disk.store().serve(other.model());
        }
    }

    /** Sequences that began with a state from the disk. */
    long restores() {
        return restores;
    }

    /** Whether a sequence that has no slot yet shall wait in one for its beginning; then that is being read. */
    boolean begin(Sequence sequence, StepCost cost, long nowNanos) {
        if (!disk.isThere() || format == null || sequence.snapshot() != null || sequence.isUnlucky()) {
            return false;
        }
        Match match = disk.store().find(format.model(), sequence.space(), sequence.tokens(), sequence.length() - 1);
        int gain = match == null ? 0 : match.tokens() - slots.findable(sequence);
        if (gain < LEAST_GAIN || !slots.shares() && match.tokens() < match.stored() || !pays(match, gain, cost)) {
            return false;
        }
        Ticket ticket = everybody().map(Sequence::awaited).filter(each -> each != null && each.ticket.match.name().equals(match.name()))
                .map(Awaited::ticket).findFirst().orElseGet(() -> read(match, nowNanos + patienceNanos(match, gain, cost)));
        sequence.await(new Awaited(ticket, match));
        return true;
    }

    private long patienceNanos(Match match, int gain, StepCost cost) {
        return Math.max(disk.patience().toNanos(),
                patienceNanos(match.tokens() - gain, match.tokens(), disk.store().readNanos(match), cost));
    }

    /** How long reading, which probably takes {@code reading}, is worth waiting for where it spares some tokens of a prompt. */
    static long patienceNanos(int from, int to, double reading, StepCost cost) {
        return (long) (cost.known() ? PATIENT_PART * cost.prefillNanos(from, to) : PATIENT_TIMES * reading);
    }

    private boolean pays(Match match, int gain, StepCost cost) {
        double reading = disk.store().readNanos(match);
        return reading < MOMENT_NANOS || !cost.known() || reading < cost.prefillNanos(match.tokens() - gain, match.tokens());
    }

    private Ticket read(Match match, long deadlineNanos) {
        Ticket ticket = new Ticket(match, deadlineNanos);
        open.add(ticket);
        disk.store().load(match, ticket::isOpen, snapshot -> {
            ticket.fill(snapshot);
            disk.arrived().run();
        });
        return ticket;
    }

    private Stream<Sequence> everybody() {
        return Stream.concat(running.stream(), paused.stream());
    }

    /** Whether nobody runs but those who wait to be read. */
    boolean allWait() {
        return !running.isEmpty() && running.stream().allMatch(each -> each.awaited() != null);
    }

    /**
     * Has those go on whose beginning was read, or who have waited for long enough.
     *
     * @return tokens that need not be computed
     */
    int settle(double blend, long nowNanos) {
        // of the turn before: what it restored was in the engine's hand until now
        freeUnneeded();
        int found = 0;
        for (List<Sequence> each : List.of(running, paused)) {
            for (Sequence sequence : each) {
                Awaited awaited = sequence.awaited();
                if (awaited != null && awaited.ticket.isDue(nowNanos)) {
                    sequence.await(null);
                    settle(sequence, awaited, blend);
                    found += sequence.cached();
                }
            }
        }
        return found;
    }

    /** The memory of what was read is free again when nobody needs it: everybody had it, or has left, or waited for too long. */
    void freeUnneeded() {
        open.removeIf(this::closeUnlessAwaited);
    }

    private boolean closeUnlessAwaited(Ticket ticket) {
        boolean awaited = everybody().anyMatch(each -> each.awaited() != null && each.awaited().ticket == ticket);
        if (!awaited) {
            ticket.close();
        }
        return !awaited;
    }

    private void settle(Sequence sequence, Awaited awaited, double blend) {
        Ticket ticket = awaited.ticket;
        KvSnapshot snapshot = ticket.snapshot();
        if (snapshot == null) {
            sequence.unlucky();
        } else if (!ticket.restored || !slots.shares()) {
            ticket.restored = slots.restore(sequence, snapshot, awaited.match.tokens(), blend);
            if (ticket.restored) {
                sequence.restored(awaited.match);
                restores++;
            }
        }
        // whoever waited for the same finds it in the other's cells, when his turn comes
    }

    /** A sequence failed alone: if it was with what came from the disk, nobody should try that again. */
    void failed(Sequence sequence, Code code) {
        if (sequence.restored() != null && code != Code.GRAMMAR && code != Code.MODEL_UNSUPPORTED) {
            disk.store().discard(sequence.restored());
            sequence.unlucky();
        }
    }
}
