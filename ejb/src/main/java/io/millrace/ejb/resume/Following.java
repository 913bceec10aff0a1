package io.millrace.ejb.resume;

import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.Reader;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.flow.Refusal;
import io.millrace.ejb.flow.Seen;
import io.millrace.ejb.flow.Unseen;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.TimeUnit;

/**
 * A client's way through an answer that another node makes, by what that node writes into the journal: at most some
 * {@value Journal#EVERY_MS} ms later than its own client would have it. To be used by one thread; {@link #leave} by any.
 */
final class Following implements Reader, JournalText.Taking {

    private static final int AGAIN_SECONDS = 1;

    private final Journal journal;
    private final Lending lending;
    private final Lending.Loan loan;
    private final Unseen unseen;
    private final JournalText text;
    private final Deque<FlowEvent> read = new ArrayDeque<>();
    private final Set<Integer> done = new HashSet<>();
    private boolean over;
    private volatile boolean left;

    Following(Journal journal, Lending lending, Lending.Loan loan, Seen seen) {
        this.journal = journal;
        this.lending = lending;
        this.loan = loan;
        this.unseen = new Unseen(seen);
        this.text = new JournalText(journal, loan.callId());
    }

    @Override
    public FlowEvent next(Duration patience) throws InterruptedException {
        long until = System.nanoTime() + patience.toNanos();
        while (!hasLeft()) {
            for (FlowEvent event = read.poll(); event != null; event = read.poll()) {
                FlowEvent rest = unseen.of(event);
                if (rest != null) {
                    return rest;
                }
            }
            if (over) {
                return null;
            }
            look();
            long leftMs = TimeUnit.NANOSECONDS.toMillis(until - System.nanoTime());
            if (read.isEmpty() && leftMs <= 0) {
                return null;
            }
            if (read.isEmpty()) {
                TimeUnit.MILLISECONDS.sleep(Math.min(leftMs, Journal.EVERY_MS));
            }
        }
        return null;
    }

    /** Reads what is new. The head first: what it says is over has all of its text written. */
    private void look() {
        Head head = journal.head(loan.callId());
        if (head == null) {
            broken("The node that makes this answer has given it up.");
            return;
        }
        text.read(this);
        for (int choice = 0; choice < head.shown().choices(); choice++) {
            if (head.done().get(choice) != null && done.add(choice)) {
                read.add(new FlowEvent.ChoiceDone(choice, head.done().get(choice)));
            }
        }
        if (head.usage() != null) {
            over = true;
            read.add(new FlowEvent.End(head.usage()));
        } else if (!head.owner().equals(loan.owner()) || !journal.lives(head.owner())) {
            broken("The node that made this answer is gone; come back with the last event's id for the rest.");
        }
    }

    @Override
    public void reasoning(int choice, String text) {
        read.add(new FlowEvent.Reasoning(choice, text));
    }

    @Override
    public void piece(int choice, String piece, int[] ids, int tokens) {
        read.add(new FlowEvent.Text(choice, piece, List.of(), ids));
    }

    private void broken(String why) {
        over = true;
        read.add(new FlowEvent.Broken(new Refusal(Reason.NO_ENGINE, why, null, AGAIN_SECONDS)));
    }

    @Override
    public void leave() {
        left = true;
        lending.end(loan);
    }

    @Override
    public boolean hasLeft() {
        return left || !over && !lending.holds(loan);
    }

    @Override
    public void close() {
        leave();
    }
}
