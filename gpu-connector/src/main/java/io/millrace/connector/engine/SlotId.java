package io.millrace.connector.engine;

/** A place in which one sequence lives: llama.cpp's {@code llama_seq_id}. From 0 to {@link ModelInfo#slots} − 1. */
public record SlotId(int index) {
    public SlotId {
        if (index < 0) {
            throw new IllegalArgumentException("slot must not be negative: " + index);
        }
    }
}
