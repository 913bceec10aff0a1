package io.millrace.ejb.flow;

/**
 * What the engines that a choice came to have thought before they answered. Nobody goes on from the middle of a thought: the next
 * one thinks from the beginning, and its client is told nothing twice. Owned by whoever makes the choice, one thread at a time.
 */
public final class Thoughts {

    /** Between one engine's thoughts and another's that are different. */
    static final String BREAK = "\n\n";

    /** More than a node may say between two entries of its journal: a client that claims so is not believed. */
    static final int MOST_AHEAD = 4_096;

    private final StringBuilder last = new StringBuilder();
    private int repeated;
    /** Characters that the client has beyond these, of which nobody knows what they are. */
    private int ahead;

    /** Goes on after a node that is gone, of whose thoughts so many more reached the client, as that says, than other nodes. */
    public void after(String known, int more) {
        last.append(known);
        ahead = Math.min(more, MOST_AHEAD);
    }

    /** Before an engine begins, that may think what was thought before. */
    public void anew() {
        repeated = 0;
    }

    /** What is to be told of its next words: only what goes further than thoughts that were the same until now. */
    public String more(String words) {
        int same = 0;
        while (same < words.length() && repeated + same < last.length() && words.charAt(same) == last.charAt(repeated + same)) {
            same++;
        }
        repeated += same;
        if (same == words.length()) {
            return "";
        }
        String told = words.substring(same);
        if (repeated < last.length()) {
            last.setLength(repeated);
            // the client is spared as many characters as it is ahead: they must not be those of the break
            told = "\n".repeat(ahead) + BREAK + last + told;
        }
        last.append(words, same, words.length());
        repeated = last.length();
        ahead = Math.max(0, ahead - told.length());
        return told;
    }

    /** Of the one that was heard last; where it thought less than the one before, that one's. */
    public String all() {
        return last.toString();
    }
}
