package io.millrace.ejb.flow;

import java.nio.ByteBuffer;
import java.nio.CharBuffer;
import java.nio.charset.CharsetDecoder;
import java.nio.charset.CodingErrorAction;
import java.nio.charset.StandardCharsets;

/**
 * Turns the bytes of tokens into text as soon as whole characters are there. An incomplete character waits for its
 * rest; bytes that can't be UTF-8 become U+FFFD. Owned by one thread.
 */
final class Utf8Pieces {

    private static final int LONGEST_CHARACTER_BYTES = 4;

    private final CharsetDecoder decoder = StandardCharsets.UTF_8.newDecoder()
            .onMalformedInput(CodingErrorAction.REPLACE).onUnmappableCharacter(CodingErrorAction.REPLACE);
    private byte[] rest = {};

    /** The whole characters that these bytes complete; may be empty. */
    String add(byte[] bytes) {
        return decode(bytes, false);
    }

    /** What is left at the end, a cut-off character as U+FFFD. */
    String finish() {
        String tail = decode(new byte[0], true);
        decoder.reset();
        return tail;
    }

    private String decode(byte[] bytes, boolean end) {
        ByteBuffer in = ByteBuffer.allocate(rest.length + bytes.length).put(rest).put(bytes).flip();
        CharBuffer out = CharBuffer.allocate(in.remaining() + LONGEST_CHARACTER_BYTES);
        decoder.decode(in, out, end);
        if (end) {
            decoder.flush(out);
        }
        rest = new byte[in.remaining()];
        in.get(rest);
        return out.flip().toString();
    }
}
