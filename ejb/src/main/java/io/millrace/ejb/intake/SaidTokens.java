package io.millrace.ejb.intake;

import io.millrace.connector.engine.Tokenizer;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The tokens of an answer that another engine began. No state. */
final class SaidTokens {

    private SaidTokens() {}

    /**
     * The other engine's own tokens where they mean the same here, else those that this vocabulary makes of the text.
     *
     * @param ids null where they aren't known
     */
    static int[] of(String said, int[] ids, Tokenizer tokenizer, int vocabulary) {
        if (ids != null && Arrays.stream(ids).allMatch(id -> id >= 0 && id < vocabulary)) {
            ByteArrayOutputStream bytes = new ByteArrayOutputStream();
            Arrays.stream(ids).forEach(id -> bytes.writeBytes(tokenizer.bytes(id)));
            // the last token may end within a character, which is not part of the text yet
            if (bytes.toString(StandardCharsets.UTF_8).startsWith(said)) {
                return ids;
            }
        }
        return said.isEmpty() ? new int[0] : tokenizer.encode(said, false, false);
    }
}
