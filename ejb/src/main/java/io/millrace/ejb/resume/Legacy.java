package io.millrace.ejb.resume;

import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * An answer as its node left it: what it had said at most some {@value Journal#EVERY_MS} ms before it died.
 *
 * @param node that is gone
 * @param said of each choice
 */
public record Legacy(String node, Ticket ticket, Kept.Shown shown, Kept.Facts facts, List<Said> said) {

    /**
     * One choice.
     *
     * @param reasoning before it
     * @param ids       its tokens; null where one isn't known
     * @param tokens    how many they are
     * @param done      why it ended; null: it hasn't
     */
    public record Said(String reasoning, String text, int[] ids, int tokens, FinishReason done) {}

    static Legacy of(Head head, List<Said> said) {
        return new Legacy(head.owner(), head.ticket(), head.shown(), head.facts(), said);
    }

    /** What a client would have been told of it. */
    public List<FlowEvent> told() {
        List<FlowEvent> told = new ArrayList<>();
        for (int choice = 0; choice < said.size(); choice++) {
            if (!said.get(choice).reasoning.isEmpty()) {
                told.add(new FlowEvent.Reasoning(choice, said.get(choice).reasoning));
            }
            if (!said.get(choice).text.isEmpty()) {
                told.add(new FlowEvent.Text(choice, said.get(choice).text, List.of()));
            }
            if (said.get(choice).done != null) {
                told.add(new FlowEvent.ChoiceDone(choice, said.get(choice).done));
            }
        }
        return told;
    }

    /** Builds what was said of one choice from its pieces. Owned by one thread. */
    static final class Gathered {
        private final StringBuilder reasoning = new StringBuilder();
        private final StringBuilder text = new StringBuilder();
        private int[] ids = {};
        private boolean everyId = true;
        private int tokens;

        void reason(String more) {
            reasoning.append(more);
        }

        void add(String more, int[] moreIds, int tokensSoFar) {
            text.append(more);
            tokens = Math.max(tokens, tokensSoFar);
            if (moreIds == null) {
                everyId = false;
            } else {
                ids = Arrays.copyOf(ids, ids.length + moreIds.length);
                System.arraycopy(moreIds, 0, ids, ids.length - moreIds.length, moreIds.length);
            }
        }

        Said said(FinishReason done) {
            return new Said(reasoning.toString(), text.toString(), everyId && ids.length > 0 ? ids : null, tokens, done);
        }
    }
}
