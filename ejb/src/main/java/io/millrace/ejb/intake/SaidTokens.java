package io.millrace.ejb.intake;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.ThinkTags;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The tokens of an answer that another engine began. No state. */
final class SaidTokens {

    private SaidTokens() {}

    /**
     * The other engine's own tokens where they mean the same here, else those that this vocabulary makes of the text, after what was
     * thought before it.
     *
     * @param thoughts empty where there were none, or they aren't known
     * @param ids      null where they aren't known
     */
    static int[] of(String said, String thoughts, int[] ids, Tokenizer tokenizer, int vocabulary) {
        if (ids != null && Arrays.stream(ids).allMatch(id -> id >= 0 && id < vocabulary)
                // the last token may end within a character, which is not part of the text yet
                && ThinkTags.answerIn(ids, tokenizer).startsWith(said)) {
            return ids;
        }
        if (said.isEmpty()) {
            return new int[0];
        }
        int[] before = thoughts.isEmpty() ? new int[0] : ThinkTags.encode(thoughts, tokenizer);
        return before.length == 0 ? tokenizer.encode(said, false, false)
                : IntStream.concat(Arrays.stream(before), Arrays.stream(tokenizer.encode("\n\n" + said, false, false))).toArray();
    }
}
