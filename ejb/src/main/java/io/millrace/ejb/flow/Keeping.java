package io.millrace.ejb.flow;

import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Usage;
import java.util.concurrent.CompletableFuture;

/**
 * What is done about an answer whose client can come back for it. Called under the flow's lock, by whichever thread
 * writes or reads: must not block and must not call the flow.
 */
public interface Keeping {

    /** Asks for so many more bytes of memory, for what was read; false: from now on nobody can come back. */
    boolean take(int bytes);

    /** Done when others know that there is such an answer, so that they can go on with it; with what it failed, when they may not. */
    default CompletableFuture<?> announced() {
        return CompletableFuture.completedFuture(null);
    }

    /** Somebody who goes on with the answer elsewhere has to know that this was said; {@code tokens} is null where they aren't known. */
    default void said(int choice, String text, int[] tokens, int count) {}

    /** The reasoning before a choice went on. */
    default void reasoned(int choice, String text) {}

    /** A choice is complete. */
    default void done(int choice, FinishReason reason) {}

    /** All of it is complete and recorded. */
    default void ended(Usage usage) {}

    /** It failed, or was given up. */
    default void lost() {}

    /** An event that is no text. */
    default void told(FlowEvent event) {
        switch (event) {
            case FlowEvent.ChoiceDone done -> done(done.choice(), done.reason());
            case FlowEvent.End end -> ended(end.usage());
            case FlowEvent.Broken _ -> lost();
            case FlowEvent.Text _, FlowEvent.Reasoning _ -> { }
        }
    }
}
