package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.zip.CRC32C;

/**
 * The bytes of a {@link KvSnapshot}: a header of ours, the sequence's tokens, then the library's own state. The library
 * trusts a state's counts and sizes, so only bytes whose checksum is right are handed to it. Immutable.
 *
 * <p>Header, big-endian: magic, format, tokens (4 bytes each), then length of the state and CRC-32C of all that follows
 * the header (8 bytes each).
 */
final class Snapshots {

    private static final int MAGIC = 0x4D524B56;
    private static final int FORMAT = 1;
    private static final int HEADER = 3 * Integer.BYTES + 2 * Long.BYTES;
    /** The checksum takes so much at a time: a view has at most 2 GiB. */
    private static final int PIECE = 1 << 30;

    /** Opened snapshot: what the sequence's tokens were, and the library's state, which is the snapshot's memory. */
    record Content(int[] tokens, MemorySegment state) {}

    private final String model;

    Snapshots(String model) {
        this.model = model;
    }

    /** The caller owns what comes back. */
    KvSnapshot pack(Slot slot, Context context) throws EngineException {
        long bytes = context.stateBytes(slot.index);
        int stateAt = HEADER + Integer.BYTES * slot.length();
        KvState state = allocate(stateAt + bytes, slot);
        boolean whole = false;
        try {
            whole = context.copyState(slot.index, state.segment().asSlice(stateAt));
            if (!whole) {
                throw new EngineException(Code.SNAPSHOT, "the state of " + slot.length() + " tokens can't be had: "
                        + NativeLog.takeError("no reason given"));
            }
        } finally {
            if (!whole) {
                state.close();
            }
        }
        state.part(HEADER, stateAt - HEADER).asIntBuffer().put(slot.tokens(), 0, slot.length());
        state.part(0, HEADER).putInt(MAGIC).putInt(FORMAT).putInt(slot.length()).putLong(bytes).putLong(checksum(state));
        return new KvSnapshot(model, slot.length(), state);
    }

    private static KvState allocate(long bytes, Slot slot) throws EngineException {
        try {
            return new KvState(bytes);
        } catch (OutOfMemoryError e) {
            throw new EngineException(Code.OUT_OF_MEMORY, "no memory for the state of " + slot.length() + " tokens, " + bytes + " bytes", e);
        }
    }

    /** @throws EngineException with code SNAPSHOT when it is of another model or damaged */
    Content unpack(KvSnapshot snapshot) throws EngineException {
        if (!snapshot.model().equals(model)) {
            throw refused("it is of another model, quantisation or KV cache type");
        }
        KvState state = snapshot.state();
        if (state.bytes() < HEADER) {
            throw refused("it has " + state.bytes() + " bytes, less than its header");
        }
        ByteBuffer header = state.part(0, HEADER);
        if (header.getInt() != MAGIC || header.getInt() != FORMAT) {
            throw refused("it does not begin like one");
        }
        int tokens = header.getInt();
        long stateBytes = header.getLong();
        if (tokens != snapshot.tokens() || tokens < 0 || stateBytes < 0
                || HEADER + (long) Integer.BYTES * tokens + stateBytes != state.bytes()) {
            throw refused("it has " + state.bytes() + " bytes, which is not what its header says");
        }
        if (header.getLong() != checksum(state)) {
            throw refused("its checksum is wrong");
        }
        return content(state, tokens);
    }

    private static Content content(KvState state, int count) {
        int[] tokens = new int[count];
        state.part(HEADER, Integer.BYTES * count).asIntBuffer().get(tokens);
        return new Content(tokens, state.segment().asSlice(HEADER + (long) Integer.BYTES * count));
    }

    private static EngineException refused(String why) {
        return new EngineException(Code.SNAPSHOT, "the KV snapshot can't be restored: " + why);
    }

    private static long checksum(KvState state) {
        CRC32C crc = new CRC32C();
        for (long at = HEADER; at < state.bytes(); at += PIECE) {
            crc.update(state.part(at, (int) Math.min(PIECE, state.bytes() - at)));
        }
        return crc.getValue();
    }
}
