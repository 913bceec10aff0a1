package io.millrace.ejb.resume;

import io.millrace.config.Configuration;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.Keeping;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Seen;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Answers whose clients can come back. Thread-safe; has no clock of its own and starts no thread.
 *
 * <p>At most {@code resume.answers} are kept, with at most {@code resume.text} each and {@code resume.memory} together. Where there is no room, those that rest (are over and unread) go first; then a new answer is not kept, and one
 * that grows can't be come back for from then on. Both are served all the same, and end with their client's connection.
 */
public final class Kept {

    private final Configuration.Resume bounds;
    private final Journal journal;
    private final Map<String, Entry> byCall = new ConcurrentHashMap<>();
    private final AtomicLong bytes = new AtomicLong();

    /** @param journal by which other nodes can go on with them; null: there are none */
    Kept(Configuration.Resume bounds, Journal journal) {
        this.bounds = bounds;
        this.journal = journal;
    }

    /** What every chunk of an answer tells. */
    public record Shown(String model, long createdSeconds, int choices) {}

    /**
     * What another node needs beside the client's request to go on with its answer.
     *
     * @param seed      that its tokens are drawn with
     * @param maxTokens most of each choice
     */
    public record Facts(long receivedMillis, long seed, int maxTokens) {}

    /** What became of a client that came back. */
    public sealed interface Found {
        /** The rest of its answer. */
        record Rest(String callId, Shown shown, Reader reader, Seen seen) implements Found {}

        /** Nothing for it. */
        sealed interface Nothing extends Found {}

        /** The id is no event's id. */
        record NoEventId() implements Nothing {}

        /** There is no such answer, or not any more, or another key's. */
        record Unknown() implements Nothing {}

        /** It asks something else now. */
        record OtherRequest() implements Nothing {}

        /** Another node makes it, and does not say that its client may have it here. */
        record OtherNode() implements Nothing {}

        /** The node that made it is gone, and this one must go on. */
        record Left(Legacy legacy, Seen seen) implements Found {}
    }

    private final class Entry implements Keeping {
        private final Ticket ticket;
        private final Shown shown;
        private final Flow flow;
        private final AtomicLong taken = new AtomicLong();
        private final Draft draft;

        /** @param draft null: other nodes hear nothing of it */
        Entry(Ticket ticket, Shown shown, Flow flow, Draft draft) {
            this.ticket = ticket;
            this.shown = shown;
            this.flow = flow;
            this.draft = draft;
        }

        @Override
        public CompletableFuture<?> announced() {
            return draft == null ? Keeping.super.announced() : draft.announced();
        }

        @Override
        public void said(int choice, String text, int[] tokens, int count) {
            if (draft != null) {
                draft.said(choice, text, tokens, count);
            }
        }

        @Override
        public void reasoned(int choice, String text) {
            if (draft != null) {
                draft.reasoned(choice, text);
            }
        }

        @Override
        public void done(int choice, FinishReason reason) {
            if (draft != null) {
                draft.done(choice, reason);
            }
        }

        @Override
        public void ended(Usage usage) {
            if (draft != null) {
                draft.ended(usage);
            }
        }

        @Override
        public void lost() {
            if (draft != null) {
                draft.drop();
            }
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

    /**
     * Lets the client of a call come back, if there is room. Before anything of it is read.
     *
     * @param facts by which other nodes could go on with it; null: none may
     */
    boolean keep(Ticket ticket, Shown shown, Facts facts, Flow flow) {
        boolean shared = facts != null && journal != null;
        boolean room = keep(ticket, shown, flow, () -> shared ? journal.draft(ticket, shown, facts, null) : null);
        if (room && shared) {
            journal.tell(byCall.get(ticket.callId()).draft);
        }
        return room;
    }

    /** This node has begun to go on with it. */
    void adopt(Legacy legacy) {
        Entry entry = byCall.get(legacy.ticket().callId());
        if (entry != null) {
            journal.tell(entry.draft);
        }
    }

    /** The same for an answer that this node wants to go on with; nobody is told before {@link #adopt}. */
    boolean keep(Legacy legacy, Flow flow) {
        boolean room = keep(legacy.ticket(), legacy.shown(), flow,
                () -> journal.draft(legacy.ticket(), legacy.shown(), legacy.facts(), legacy));
        if (room) {
            flow.begin(legacy.told());
        }
        return room;
    }

    /** An answer that another node has completed; null where there is no room. */
    Reader keepWhole(Legacy legacy, Usage usage, Seen seen) {
        Flow flow = new Flow(0, () -> { }, () -> { });
        if (!keep(legacy.ticket(), legacy.shown(), flow, () -> null)) {
            return null;
        }
        List<FlowEvent> told = legacy.told();
        told.add(new FlowEvent.End(usage));
        flow.begin(told);
        return flow.readFrom(seen);
    }

    private boolean keep(Ticket ticket, Shown shown, Flow flow, Supplier<Draft> draft) {
        if (byCall.size() >= bounds.answers() && !makeRoom(() -> byCall.size() < bounds.answers())) {
            return false;
        }
        Entry entry = new Entry(ticket, shown, flow, draft.get());
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
        Seen seen = Ticket.seenOf(eventId).orElse(null);
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

    /** A reader in the name of another node that has the client of this node's answer; null where it has none that others know of. */
    Reader lend(String callId) {
        Entry entry = byCall.get(callId);
        return entry == null || entry.draft == null ? null : entry.flow.readElsewhere();
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
            entry.lost();
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
