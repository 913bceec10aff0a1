package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.ChoiceDone;
import io.millrace.ejb.flow.FlowEvent.Text;
import java.util.List;

/** Takes out of an answer, read from its beginning, what its client has already. Owned by one thread. */
public final class Unseen {

    private final Seen seen;
    private final int[] passed;

    public Unseen(Seen seen) {
        // the reader goes on counting in its own
        this.seen = Seen.of(seen.toString()).orElseThrow();
        this.passed = new int[seen.choices()];
    }

    /** What of the event the client doesn't have; null: nothing. Of a piece that it has in part the tokens aren't known. */
    public FlowEvent of(FlowEvent event) {
        return switch (event) {
            case Text text -> of(text);
            case FlowEvent.Reasoning more -> seen.chars(more.choice()) > 0 ? null : more;
            case ChoiceDone done -> seen.ended(done.choice()) ? null : done;
            case FlowEvent.End end -> end;
            case FlowEvent.Broken broken -> broken;
        };
    }

    private Text of(Text text) {
        int from = passed[text.choice()];
        int known = seen.chars(text.choice());
        passed[text.choice()] += text.text().length();
        if (passed[text.choice()] <= known) {
            return null;
        }
        return from >= known ? text : new Text(text.choice(), text.text().substring(known - from), List.of());
    }
}
