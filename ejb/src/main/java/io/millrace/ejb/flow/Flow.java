package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer on its way: one ordered stream of events from the batch to one reader.
 *
 * <p><b>Threads.</b> The batch thread and then the audit writer write, one stream writer reads; writing never blocks.
 * <b>Bound.</b> Text that the reader has not taken is joined, and at most {@code bufferChars} of it is kept, with
 * log probabilities of at most a quarter as many tokens; one more piece is refused, and the writer has to end the call.
 *
 * <p>A flow that is {@link #keep kept} remembers what was read. Its client may lose its connection and come back for the
 * rest with {@link #readFrom}: the call is not cancelled meanwhile, until {@link #expire} finds that it took too long.
 */
public final class Flow implements Reader {

    private static final long ANNOUNCED_MS = 200;
    private static final int CHARS_A_LOGPROB = 4;

    private final int bufferChars;
    private final Runnable onCancel;
    private final Runnable onClose;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Unread unread = new Unread();
    private boolean ended;
    private boolean cancelled;
    private boolean closed;
    /** What was read; null: nobody can come back. */
    private List<FlowEvent> told;
    private Keeping keeping;
    /** Of a kept flow, who reads now; null: nobody. */
    private Again turn;
    private long alone;

    /**
     * @param bufferChars most characters kept for a reader that does not come
     * @param onCancel    told once when the reader gives up before the end; must not block
     * @param onClose     told once when the reader is done with it, whatever came; must not block
     */
    public Flow(int bufferChars, Runnable onCancel, Runnable onClose) {
        this.bufferChars = bufferChars;
        this.onCancel = onCancel;
        this.onClose = onClose;
    }

    @Override
    public FlowEvent next(Duration patience) throws InterruptedException {
        long left = patience.toNanos();
        lock.lockInterruptibly();
        try {
            FlowEvent event = unread.poll();
            while (event == null && left > 0 && !ended && !cancelled) {
                left = arrived.awaitNanos(left);
                event = unread.poll();
            }
            return event;
        } finally {
            lock.unlock();
        }
    }

    /** The reader is gone: the call's sequences leave the batch before its next step. Idempotent; any thread. */
    public void cancel() {
        lock.lock();
        try {
            if (ended || cancelled) {
                return;
            }
            cancelled = true;
            unread.clear();
            arrived.signal();
            if (told != null) {
                told = null;
                keeping.lost();
            }
        } finally {
            lock.unlock();
        }
        onCancel.run();
    }

    /** The reader has written its last byte, or will never write another; an answer still on its way is cancelled. */
    @Override
    public void close() {
        cancel();
        lock.lock();
        try {
            if (closed) {
                return;
            }
            closed = true;
        } finally {
            lock.unlock();
        }
        onClose.run();
    }

    /** The reader is gone, and with it the call. */
    @Override
    public void leave() {
        cancel();
    }

    /** Whether the call was given up. */
    @Override
    public boolean hasLeft() {
        lock.lock();
        try {
            return cancelled;
        } finally {
            lock.unlock();
        }
    }

    /** From now on its client can come back. To be called before the first event is read; {@link #readFrom} reads. */
    public void keep(Keeping how) {
        lock.lock();
        try {
            told = new ArrayList<>();
            keeping = how;
            alone = System.nanoTime();
        } finally {
            lock.unlock();
        }
    }

    /** What was told of it before it came here, with the last event where it is over. Right after {@link #keep}. */
    public void begin(List<FlowEvent> before) {
        lock.lock();
        try {
            for (FlowEvent event : before) {
                keeping.take(Unread.size(event));
                told.add(event);
                ended |= event instanceof FlowEvent.End;
            }
        } finally {
            lock.unlock();
        }
    }

    /** A reader that gets what the client has not seen; whoever read before gets nothing any more. Null when nobody can come back. */
    public Reader readFrom(Seen seen) {
        return give(new Again(new Unseen(seen)));
    }

    /** The same for a client at another node, which gets there what the {@link Keeping} is told: here nothing is to be read, only {@link Reader#leave left}. */
    public Reader readElsewhere() {
        return give(new Again(null));
    }

    private Reader give(Again next) {
        lock.lock();
        try {
            if (told == null || cancelled) {
                return null;
            }
            turn = next;
            keepForOthers();
            arrived.signalAll();
            return turn;
        } finally {
            lock.unlock();
        }
    }

    /** What another node reads counts as read at once; false where there is no room to keep it, so that its client would never have it. */
    private boolean keepForOthers() {
        if (turn == null || turn.unseen != null) {
            return true;
        }
        for (FlowEvent event = unread.poll(); event != null; event = unread.poll()) {
            turn.remember(event);
        }
        return told != null;
    }

    /**
     * Looks whether a kept flow is still of use, and cancels it when its client has been away for longer than {@code grace}.
     *
     * @param keep how long it stays after it has ended
     * @return whether it can be forgotten
     */
    public boolean expire(long nowNanos, Duration grace, Duration keep) {
        boolean late;
        lock.lock();
        try {
            if (cancelled || told == null) {
                return true;
            }
            if (turn != null) {
                return false;
            }
            late = nowNanos - alone > (ended ? keep : grace).toNanos();
            if (!late || ended) {
                return late;
            }
        } finally {
            lock.unlock();
        }
        close();
        return true;
    }

    /** Whether it has ended and nobody reads it; false also where somebody is at it right now. Never waits. */
    public boolean rests() {
        if (!lock.tryLock()) {
            return false;
        }
        try {
            return ended && turn == null;
        } finally {
            lock.unlock();
        }
    }

    /** One client's way through a kept flow: first what was told before, then what comes. */
    private final class Again implements Reader {
        /** Null: its client is at another node. */
        private final Unseen unseen;
        private int at;
        private boolean announced;

        Again(Unseen unseen) {
            this.unseen = unseen;
        }

        @Override
        public FlowEvent next(Duration patience) throws InterruptedException {
            long left = patience.toNanos();
            if (!announced) {
                awaitAnnounced();
            }
            lock.lockInterruptibly();
            try {
                while (turn == this && !cancelled) {
                    FlowEvent event = told != null && at < told.size() ? told.get(at++) : remember(unread.poll());
                    FlowEvent rest = event == null ? null : unseen.of(event);
                    if (rest != null) {
                        return rest;
                    }
                    if (event == null && (ended || left <= 0)) {
                        return null;
                    }
                    left = event == null ? arrived.awaitNanos(left) : left;
                }
                return null;
            } finally {
                lock.unlock();
            }
        }

        /** Before the client has any of it, so that it can come back whenever this node dies. Others that are slow don't hold it up for long. */
        private void awaitAnnounced() throws InterruptedException {
            announced = true;
            try {
                keeping.announced().get(ANNOUNCED_MS, TimeUnit.MILLISECONDS);
            } catch (ExecutionException | TimeoutException _) {
                // it is told again; until then nobody else can go on with it
            }
        }

        private FlowEvent remember(FlowEvent event) {
            if (event == null || told == null) {
                return event;
            }
            if (keeping.take(Unread.size(event))) {
                told.add(event);
                at = told.size();
            } else {
                told = null;
                keeping.lost();
            }
            return event;
        }

        @Override
        public boolean hasLeft() {
            lock.lock();
            try {
                return turn != this || cancelled;
            } finally {
                lock.unlock();
            }
        }

        @Override
        public void leave() {
            boolean forGood;
            lock.lock();
            try {
                if (turn != this) {
                    return;
                }
                turn = null;
                alone = System.nanoTime();
                forGood = told == null || ended;
                arrived.signalAll();
            } finally {
                lock.unlock();
            }
            if (forGood) {
                Flow.this.close();
            }
        }

        @Override
        public void close() {
            leave();
        }
    }

    /**
     * More text of one choice and the tokens that it was made of, if they are to be told; {@code count} so far. False when the buffer
     * is full or the reader gone: the call must be ended.
     */
    boolean text(int choice, String text, List<TokenLogprob> logprobs, int[] tokens, int count) {
        return say(text, () -> unread.add(choice, text, logprobs, tokens), () -> keeping.said(choice, text, tokens, count));
    }

    /** More reasoning before a choice; as {@link #text}. */
    boolean reasoning(int choice, String text) {
        return say(text, () -> unread.add(new FlowEvent.Reasoning(choice, text)), () -> keeping.reasoned(choice, text));
    }

    private boolean say(String text, Runnable telling, Runnable keep) {
        lock.lock();
        try {
            if (cancelled || ended || unread.chars() + text.length() > bufferChars || unread.logprobs() > bufferChars / CHARS_A_LOGPROB) {
                return false;
            }
            telling.run();
            if (told != null) {
                keep.run();
            }
            arrived.signal();
            return keepForOthers();
        } finally {
            lock.unlock();
        }
    }

    void choiceDone(int choice, FinishReason reason) {
        add(new FlowEvent.ChoiceDone(choice, reason), false);
    }

    /** Ends a good flow. */
    void end(Usage usage) {
        add(new FlowEvent.End(usage), true);
    }

    /** Ends a failed flow. */
    public void broken(Refusal refusal) {
        add(new FlowEvent.Broken(refusal), true);
    }

    private void add(FlowEvent event, boolean last) {
        boolean nobodyReads;
        lock.lock();
        try {
            if (cancelled || ended) {
                return;
            }
            unread.add(event);
            ended = last;
            nobodyReads = last && told != null && turn == null;
            alone = last ? System.nanoTime() : alone;
            if (told != null) {
                keeping.told(event);
            }
            keepForOthers();
            arrived.signal();
        } finally {
            lock.unlock();
        }
        if (nobodyReads) {
            close();
        }
    }
}
