package io.millrace.ejb.context;

import io.millrace.ejb.vault.Packing;
import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.nio.charset.StandardCharsets;

/** Packed, then sealed and bound to its name. */
record Sealed(Sealer sealer) implements Wrapping {

    /** Of a conversation; nothing that was packed here is larger. */
    private static final int MOST_BYTES = 1 << 30;

    @Override
    public byte[] wrap(byte[] content, String name) {
        return sealer.seal(Packing.pack(content), name.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] unwrap(byte[] wrapped, String name) {
        try {
            return Packing.unpack(sealer.open(wrapped, name.getBytes(StandardCharsets.UTF_8)), MOST_BYTES);
        } catch (UnreadableException e) {
            throw new DamagedException("conversation " + name + " can't be read: " + e.getMessage(), e);
        }
    }
}
