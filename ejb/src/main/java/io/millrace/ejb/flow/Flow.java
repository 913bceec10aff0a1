package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Text;
import io.millrace.ejb.flow.FlowEvent.TokenLogprob;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;

/**
 * An answer on its way: one ordered stream of events from the batch to one reader.
 *
 * <p><b>Threads.</b> The batch thread and then the audit writer write, one stream writer reads; writing never blocks.
 * <b>Bound.</b> Text that the reader has not taken is joined, and at most {@code bufferChars} of it is kept; one more
 * piece is refused, and the writer has to end the call.
 */
public final class Flow implements AutoCloseable {

    private final int bufferChars;
    private final Runnable onCancel;
    private final Runnable onClose;
    private final ReentrantLock lock = new ReentrantLock();
    private final Condition arrived = lock.newCondition();
    private final Deque<FlowEvent> events = new ArrayDeque<>();
    private StringBuilder pending = new StringBuilder();
    private List<TokenLogprob> pendingLogprobs = new ArrayList<>();
    private final TokenIds pendingTokens = new TokenIds();
    private int pendingChoice;
    private int bufferedChars;
    private boolean ended;
    private boolean cancelled;
    private boolean closed;

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

    /**
     * The next event, waiting for it.
     *
     * @param patience how long to wait at most
     * @return null when nothing came in time, or when the flow has ended and everything was read, or was cancelled
     */
    public FlowEvent next(Duration patience) throws InterruptedException {
        long left = patience.toNanos();
        lock.lockInterruptibly();
        try {
            while (events.isEmpty() && pending.isEmpty()) {
                if (left <= 0 || ended || cancelled) {
                    return null;
                }
                left = arrived.awaitNanos(left);
            }
            return events.isEmpty() ? takePending() : take();
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
            discard();
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

    /** Whether the reader has gone. */
    public boolean isCancelled() {
        lock.lock();
        try {
            return cancelled;
        } finally {
            lock.unlock();
        }
    }

    /** More text of one choice and the tokens that it was made of, if they are to be told; false when the buffer is full or the reader gone: the call must be ended. */
    boolean text(int choice, String text, List<TokenLogprob> logprobs, int[] tokens) {
        lock.lock();
        try {
            if (cancelled || ended || bufferedChars + text.length() > bufferChars) {
                return false;
            }
            if (choice != pendingChoice) {
                flushPending();
                pendingChoice = choice;
            }
            pending.append(text);
            pendingLogprobs.addAll(logprobs);
            pendingTokens.add(tokens);
            bufferedChars += text.length();
            arrived.signal();
            return true;
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
        lock.lock();
        try {
            if (cancelled || ended) {
                return;
            }
            flushPending();
            events.addLast(event);
            ended = last;
            arrived.signal();
        } finally {
            lock.unlock();
        }
    }

    private FlowEvent take() {
        FlowEvent event = events.pollFirst();
        if (event instanceof Text text) {
            bufferedChars -= text.text().length();
        }
        return event;
    }

    private FlowEvent takePending() {
        flushPending();
        return take();
    }

    private void flushPending() {
        if (!pending.isEmpty()) {
            events.addLast(new Text(pendingChoice, pending.toString(), List.copyOf(pendingLogprobs), pendingTokens.take()));
            pending = new StringBuilder();
            pendingLogprobs = new ArrayList<>();
        }
    }

    private void discard() {
        events.clear();
        pending.setLength(0);
        pendingLogprobs.clear();
        pendingTokens.take();
        bufferedChars = 0;
        arrived.signal();
    }
}
