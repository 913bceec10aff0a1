package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.ChoiceDone;
import io.millrace.ejb.flow.FlowEvent.Reasoning;
import io.millrace.ejb.flow.FlowEvent.Text;
import java.util.List;

/** Takes out of an answer, read from its beginning, what its client has already. Owned by one thread. */
public final class Unseen {

    private final Seen seen;
    private final int[] passed;
    private final int[] reasoned;

    public Unseen(Seen seen) {
        // the reader goes on counting in its own
        this.seen = Seen.of(seen.toString()).orElseThrow();
        this.passed = new int[seen.choices()];
        this.reasoned = new int[seen.choices()];
    }

    /** What of the event the client doesn't have; null: nothing. Of a piece that it has in part the tokens aren't known. */
    public FlowEvent of(FlowEvent event) {
        return switch (event) {
            case Text text -> of(text);
            case Reasoning more -> of(more);
            case ChoiceDone done -> seen.ended(done.choice()) ? null : done;
            case FlowEvent.End end -> end;
            case FlowEvent.Broken broken -> broken;
        };
    }

    private Text of(Text text) {
        int known = known(passed, text.choice(), seen.chars(text.choice()), text.text());
        if (known == text.text().length()) {
            return null;
        }
        return known == 0 ? text : new Text(text.choice(), text.text().substring(known), List.of());
    }

    private Reasoning of(Reasoning more) {
        int known = known(reasoned, more.choice(), seen.reasoned(more.choice()), more.text());
        return known == more.text().length() ? null : new Reasoning(more.choice(), more.text().substring(known));
    }

    /** How many characters of a piece the client has, of which {@code passed} went before. */
    private static int known(int[] passed, int choice, int seen, String piece) {
        int from = passed[choice];
        passed[choice] += piece.length();
        return Math.clamp(seen - from, 0, piece.length());
    }
}
