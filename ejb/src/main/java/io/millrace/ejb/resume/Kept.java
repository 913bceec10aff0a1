package io.millrace.ejb.resume;

import io.millrace.config.Configuration;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Keeping;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Seen;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;

/**
 * Answers whose clients can come back. Thread-safe; has no clock of its own and starts no thread.
 *
 * <p>At most {@code resume.answers} are kept, with at most {@code resume.text} each and {@code resume.memory} together. Where there is no room, those that rest (are over and unread) go first; then a new answer is not kept, and one
 * that grows can't be come back for from then on. Both are served all the same, and end with their client's connection.
 */
public final class Kept {

    private final Configuration.Resume bounds;
    private final Map<String, Entry> byCall = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();

    Kept(Configuration.Resume bounds) {
        this.bounds = bounds;
    }

    /** What every chunk of an answer tells. */
    public record Shown(String model, long createdSeconds, int choices) {}

    /** What became of a client that came back. */
    public sealed interface Found {
        /** The rest of its answer. */
        record Rest(String callId, Shown shown, Reader reader, Seen seen) implements Found {}

        /** The id is no event's id. */
        record NoEventId() implements Found {}

        /** There is no such answer, or not any more, or another key's. */
        record Unknown() implements Found {}

        /** It asks something else now. */
        record OtherRequest() implements Found {}
    }

    private final class Entry implements Keeping {
        private final Ticket ticket;
        private final Shown shown;
        private final Flow flow;
        private final AtomicLong taken = new AtomicLong();

        Entry(Ticket ticket, Shown shown, Flow flow) {
            this.ticket = ticket;
            this.shown = shown;
            this.flow = flow;
        }

        @Override
        public boolean take(int more) {
            taken.addAndGet(more);
            boolean room = bytes.addAndGet(more) <= bounds.memory().bytes()
                    || makeRoom(() -> bytes.get() <= bounds.memory().bytes());
            if (!room || taken.get() > bounds.text().bytes()) {
                drop(this);
                return false;
            }
            return true;
        }
    }

    /** Lets the client of a call come back, if there is room. Before anything of it is read. */
    boolean keep(Ticket ticket, Shown shown, Flow flow) {
        if (byCall.size() >= bounds.answers() && !makeRoom(() -> byCall.size() < bounds.answers())) {
            return false;
        }
        Entry entry = new Entry(ticket, shown, flow);
        flow.keep(entry);
        byCall.put(ticket.callId(), entry);
        return true;
    }

    /** The call never began. */
    void forget(String callId) {
        Entry entry = byCall.get(callId);
        if (entry != null) {
            drop(entry);
        }
    }

    /**
     * Gives a client the rest of its answer; whoever read it until now gets nothing any more.
     *
     * @param eventId the last event's that the client got: CALL_ID:SEEN
     */
    Found find(String eventId, String keyId, String fingerprint) {
        Seen seen = Seen.of(eventId.substring(eventId.indexOf(':') + 1)).orElse(null);
        if (seen == null) {
            return new Found.NoEventId();
        }
        Entry entry = byCall.get(Ticket.callOf(eventId));
        if (entry == null || !entry.ticket.keyId().equals(keyId) || seen.choices() != entry.shown.choices) {
            return new Found.Unknown();
        }
        if (!entry.ticket.fingerprint().equals(fingerprint)) {
            return new Found.OtherRequest();
        }
        Reader reader = entry.flow.readFrom(seen);
        return reader == null ? new Found.Unknown() : new Found.Rest(entry.ticket.callId(), entry.shown, reader, seen);
    }

    /** Drops what nobody came back for in time. */
    void look(long nowNanos) {
        for (Entry entry : byCall.values()) {
            if (entry.flow.expire(nowNanos, bounds.grace(), bounds.keep())) {
                drop(entry);
            }
        }
    }

    int size() {
        return byCall.size();
    }

    long bytes() {
        return bytes.get();
    }

    private void drop(Entry entry) {
        if (byCall.remove(entry.ticket.callId(), entry)) {
            bytes.addAndGet(-entry.taken.get());
        }
    }

    /** Drops answers that rest until there is enough; false when it never was. */
    private boolean makeRoom(BooleanSupplier enough) {
        for (Entry entry : byCall.values()) {
            if (enough.getAsBoolean()) {
                return true;
            }
            if (entry.flow.rests()) {
                drop(entry);
            }
        }
        return enough.getAsBoolean();
    }
}
