package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The tokens of one step ({@code llama_batch}), each in one sequence. Used by the thread that runs the step. */
final class Batch {

    private final MemorySegment struct;
    private final MemorySegment token;
    private final MemorySegment position;
    private final MemorySegment sequence;
    private final MemorySegment wanted;
    private final int capacity;
    private int size;

    Batch(Arena arena, int capacity) {
        this.capacity = capacity;
        token = arena.allocate(JAVA_INT, capacity);
        position = arena.allocate(JAVA_INT, capacity);
        sequence = arena.allocate(JAVA_INT, capacity);
        wanted = arena.allocate(JAVA_BYTE, capacity);
        MemorySegment sequences = arena.allocate(JAVA_INT, capacity);
        MemorySegment pointers = arena.allocate(ADDRESS, capacity);
        for (int i = 0; i < capacity; i++) {
            sequences.setAtIndex(JAVA_INT, i, 1);
            pointers.setAtIndex(ADDRESS, i, sequence.asSlice(JAVA_INT.byteSize() * i));
        }
        struct = arena.allocate(Abi.BATCH);
        struct.set(ADDRESS, Abi.Batch.TOKEN, token);
        struct.set(ADDRESS, Abi.Batch.POS, position);
        struct.set(ADDRESS, Abi.Batch.N_SEQ_ID, sequences);
        struct.set(ADDRESS, Abi.Batch.SEQ_ID, pointers);
        struct.set(ADDRESS, Abi.Batch.LOGITS, wanted);
    }

    void clear() {
        size = 0;
    }

    int size() {
        return size;
    }

    /** Adds one token and returns its row, to ask {@link Context#logits} with where {@code wantLogits}. */
    int add(int id, int at, int slot, boolean wantLogits) {
        if (size == capacity) {
            throw new IllegalStateException("the batch is full: " + capacity);
        }
        token.setAtIndex(JAVA_INT, size, id);
        position.setAtIndex(JAVA_INT, size, at);
        sequence.setAtIndex(JAVA_INT, size, slot);
        wanted.set(JAVA_BYTE, size, (byte) (wantLogits ? 1 : 0));
        return size++;
    }

    /** The C structure, ready for {@code llama_decode}. */
    MemorySegment struct() {
        struct.set(JAVA_INT, Abi.Batch.N_TOKENS, size);
        return struct;
    }
}
