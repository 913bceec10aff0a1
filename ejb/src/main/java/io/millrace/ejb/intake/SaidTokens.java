package io.millrace.ejb.intake;

import io.millrace.connector.engine.Tokenizer;
import io.millrace.ejb.flow.ThinkTags;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.function.Supplier;

/** The tokens of an answer that another engine began. No state. */
final class SaidTokens {

    private SaidTokens() {}

    /**
     * The other engine's own tokens where they mean the same here, else those that this vocabulary makes of the text, after what was
     * thought before it.
     *
     * @param thoughts empty where there were none, or they aren't known
     * @param ids      null where they aren't known
     * @param tags     how thoughts are told apart
     */
    static int[] of(String said, String thoughts, int[] ids, Tokenizer tokenizer, int vocabulary, Supplier<ThinkTags> tags) {
        if (ids != null && Arrays.stream(ids).allMatch(id -> id >= 0 && id < vocabulary) && (text(ids, tokenizer).startsWith(said)
                || tags.get().answerIn(ids).startsWith(said))) {
            return ids;
        }
        int[] before = said.isEmpty() || thoughts.isEmpty() ? new int[0] : tags.get().encode(thoughts);
        int[] text = said.isEmpty() ? new int[0] : tokenizer.encode(said, false, false);
        return PromptTokens.join(before, text);
    }

    /** The last token may end within a character, which is not part of what was said yet. */
    private static String text(int[] ids, Tokenizer tokenizer) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        Arrays.stream(ids).forEach(id -> bytes.writeBytes(tokenizer.bytes(id)));
        return bytes.toString(StandardCharsets.UTF_8);
    }
}
