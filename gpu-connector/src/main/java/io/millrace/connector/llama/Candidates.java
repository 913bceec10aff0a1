package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BOOLEAN;
import static java.lang.foreign.ValueLayout.JAVA_FLOAT;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The tokens that a grammar is asked about ({@code llama_token_data_array}). One is shared by all slots of an engine
 * and filled anew for each question. Used by the thread that runs the step.
 */
final class Candidates {

    private final MemorySegment data;
    private final MemorySegment array;

    Candidates(Arena arena, int vocabulary) {
        data = arena.allocate(Abi.TokenData.SIZE * vocabulary, Long.BYTES);
        array = arena.allocate(Abi.TokenData.ARRAY_SIZE, Long.BYTES);
    }

    /** The C structure. */
    MemorySegment array() {
        return array;
    }

    void fill(float[] logits) {
        for (int token = 0; token < logits.length; token++) {
            long at = Abi.TokenData.SIZE * token;
            data.set(JAVA_INT, at + Abi.TokenData.ID, token);
            data.set(JAVA_FLOAT, at + Abi.TokenData.LOGIT, logits[token]);
        }
        head(logits.length);
    }

    void fill(int token, float logit) {
        data.set(JAVA_INT, Abi.TokenData.ID, token);
        data.set(JAVA_FLOAT, Abi.TokenData.LOGIT, logit);
        head(1);
    }

    private void head(long size) {
        array.set(ADDRESS, Abi.TokenData.ARRAY_DATA, data);
        array.set(JAVA_LONG, Abi.TokenData.ARRAY_COUNT, size);
        array.set(JAVA_LONG, Abi.TokenData.ARRAY_SELECTED, -1);
        array.set(JAVA_BOOLEAN, Abi.TokenData.ARRAY_SORTED, false);
    }

    /** Writes the candidates' logits back: what a grammar has forbidden is minus infinity from then on. */
    void copyTo(float[] logits) {
        MemorySegment now = now();
        for (long at = 0; at < now.byteSize(); at += Abi.TokenData.SIZE) {
            logits[now.get(JAVA_INT, at + Abi.TokenData.ID)] = now.get(JAVA_FLOAT, at + Abi.TokenData.LOGIT);
        }
    }

    /** Whether the first candidate is allowed. */
    boolean isFirstAllowed() {
        return now().get(JAVA_FLOAT, Abi.TokenData.LOGIT) > Float.NEGATIVE_INFINITY;
    }

    /** Samplers may shorten the array, and may point it to memory of their own. */
    private MemorySegment now() {
        long size = array.get(JAVA_LONG, Abi.TokenData.ARRAY_COUNT);
        return array.get(ADDRESS, Abi.TokenData.ARRAY_DATA).reinterpret(size * Abi.TokenData.SIZE);
    }
}
