package io.millrace.ejb.context;

import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.nio.charset.StandardCharsets;

/** Sealed, and bound to its name. */
record Sealed(Sealer sealer) implements Wrapping {

    @Override
    public byte[] wrap(byte[] content, String name) {
        return sealer.seal(content, name.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public byte[] unwrap(byte[] wrapped, String name) {
        try {
            return sealer.open(wrapped, name.getBytes(StandardCharsets.UTF_8));
        } catch (UnreadableException e) {
            throw new DamagedException("conversation " + name + " can't be read: " + e.getMessage(), e);
        }
    }
}
