package io.millrace.ejb.intake;

/**
 * How a call goes on with an answer that another engine began, and whether its reader could do the same with this one.
 *
 * @param tellTokens whether the reader is told the tokens of each piece
 * @param said       tokens of the answer so far, in the vocabulary of the model asked for; null: not known
 * @param saidText   its text so far, as far as its reader has it: the tokens may say more; null: theirs, but for what stop
 *                   strings hold back
 */
public record Continuation(boolean tellTokens, int[] said, String saidText) {

    /** An answer of its own, told as text. */
    public static final Continuation NONE = new Continuation(false, null, null);

    public boolean goesOn() {
        return said != null || saidText != null;
    }
}
