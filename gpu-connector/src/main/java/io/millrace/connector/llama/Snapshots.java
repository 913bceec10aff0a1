package io.millrace.connector.llama;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.KvSnapshot;
import java.lang.foreign.Arena;
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

    /** Opened snapshot: what the sequence's tokens were, and the library's state. */
    record Content(int[] tokens, byte[] state) {}

    private final String model;

    Snapshots(String model) {
        this.model = model;
    }

    KvSnapshot pack(Slot slot, Context context) throws EngineException {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment state = context.state(slot.index, arena);
            long body = Integer.BYTES * (long) slot.length() + state.byteSize();
            if (body > Integer.MAX_VALUE - 2L * HEADER) {
                throw new EngineException(Code.SNAPSHOT, "the state of " + slot.length() + " tokens takes " + body
                        + " bytes, more than a snapshot can hold");
            }
            byte[] bytes = new byte[HEADER + (int) body];
            ByteBuffer buffer = ByteBuffer.wrap(bytes).position(HEADER);
            buffer.asIntBuffer().put(slot.tokens(), 0, slot.length());
            int stateAt = HEADER + Integer.BYTES * slot.length();
            MemorySegment.copy(state, JAVA_BYTE, 0, bytes, stateAt, (int) state.byteSize());
            buffer.rewind().putInt(MAGIC).putInt(FORMAT).putInt(slot.length()).putLong(state.byteSize())
                    .putLong(checksum(bytes));
            return new KvSnapshot(model, slot.length(), bytes);
        }
    }

    /** @throws EngineException with code SNAPSHOT when it is of another model or damaged */
    Content unpack(KvSnapshot snapshot) throws EngineException {
        if (!snapshot.model().equals(model)) {
            throw refused("it is of another model, quantisation or KV cache type");
        }
        byte[] bytes = snapshot.state();
        if (bytes.length < HEADER) {
            throw refused("it has " + bytes.length + " bytes, less than its header");
        }
        ByteBuffer buffer = ByteBuffer.wrap(bytes);
        if (buffer.getInt() != MAGIC || buffer.getInt() != FORMAT) {
            throw refused("it does not begin like one");
        }
        int tokens = buffer.getInt();
        long stateBytes = buffer.getLong();
        if (tokens != snapshot.tokens() || tokens < 0 || stateBytes < 0
                || HEADER + (long) Integer.BYTES * tokens + stateBytes != bytes.length) {
            throw refused("it has " + bytes.length + " bytes, which is not what its header says");
        }
        if (buffer.getLong() != checksum(bytes)) {
            throw refused("its checksum is wrong");
        }
        return content(buffer, tokens, (int) stateBytes);
    }

    private static Content content(ByteBuffer buffer, int count, int stateBytes) {
        int[] tokens = new int[count];
        buffer.asIntBuffer().get(tokens);
        byte[] state = new byte[stateBytes];
        buffer.position(buffer.limit() - stateBytes).get(state);
        return new Content(tokens, state);
    }

    private static EngineException refused(String why) {
        return new EngineException(Code.SNAPSHOT, "the KV snapshot can't be restored: " + why);
    }

    private static long checksum(byte[] bytes) {
        CRC32C crc = new CRC32C();
        crc.update(bytes, HEADER, bytes.length - HEADER);
        return crc.getValue();
    }
}
