package io.millrace.ejb.flow;

/** Who can go on with an answer when the engine that makes it can't. Thread-safe. */
@FunctionalInterface
public interface Elsewhere {

    /** Nobody. */
    Elsewhere NOBODY = (_, _, _, _) -> false;

    /**
     * Takes a choice of an answer over, if somebody can.
     *
     * @param said       text of the choice so far, whole characters
     * @param saidTokens its tokens in the vocabulary of the engine that was lost, with those of thoughts before it; none where it had
     *                   only thought
     * @return whether it goes on; else the caller ends it
     */
    boolean goOn(Answer answer, int choice, String said, int[] saidTokens);
}
