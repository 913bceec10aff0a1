package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.stream.IntStream;

/** The bytes of every token of a vocabulary, in one array. Immutable. */
final class Pieces {

    private static final int USUAL_LONGEST = 256;

    private final byte[] all;
    private final int[] end;
    private final int longest;
    private final int[] withZero;

    private Pieces(byte[] all, int[] end) {
        this.all = all;
        this.end = end;
        int most = 1;
        for (int token = 0; token < end.length; token++) {
            most = Math.max(most, end[token] - begin(token));
        }
        this.longest = most;
        this.withZero = IntStream.range(0, end.length).filter(this::findZero).toArray();
    }

    /** Asks {@code llama_token_to_piece} for all of them: 20 ms for 150,000 tokens. */
    static Pieces read(Library library, MemorySegment vocab) {
        int count = library.vocabNTokens(vocab);
        int[] end = new int[count];
        ByteArrayOutputStream all = new ByteArrayOutputStream(count * 8);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(USUAL_LONGEST);
            byte[] usual = new byte[USUAL_LONGEST];
            for (int token = 0; token < count; token++) {
                int length = library.tokenToPiece(vocab, token, room);
                if (length >= 0) {
                    MemorySegment.copy(room, JAVA_BYTE, 0, usual, 0, length);
                    all.write(usual, 0, length);
                } else {
                    all.writeBytes(longPiece(library, vocab, token, -length));
                }
                end[token] = all.size();
            }
        }
        return new Pieces(all.toByteArray(), end);
    }

    private static byte[] longPiece(Library library, MemorySegment vocab, int token, int length) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment room = arena.allocate(length);
            library.tokenToPiece(vocab, token, room);
            return room.toArray(JAVA_BYTE);
        }
    }

    int count() {
        return end.length;
    }

    byte[] bytes(int token) {
        return Arrays.copyOfRange(all, begin(token), end[token]);
    }

    /** Whether the token's bytes hold a zero, which C strings end at. */
    boolean hasZero(int token) {
        return Arrays.binarySearch(withZero, token) >= 0;
    }

    /** All tokens for which {@link #hasZero} holds, ascending. Not to be changed. */
    int[] withZero() {
        return withZero;
    }

    private boolean findZero(int token) {
        for (int at = begin(token); at < end[token]; at++) {
            if (all[at] == 0) {
                return true;
            }
        }
        return false;
    }

    /** Bytes of the longest token; at least 1. */
    int longest() {
        return longest;
    }

    private int begin(int token) {
        return token == 0 ? 0 : end[token - 1];
    }
}
