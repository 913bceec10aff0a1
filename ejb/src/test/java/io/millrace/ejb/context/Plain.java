package io.millrace.ejb.context;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Wraps by a checksum over content and name alone, for tests that are not about sealing. */
final class Plain implements Wrapping {

    static final Wrapping WRAPPING = new Plain();

    @Override
    public byte[] wrap(byte[] content, String name) {
        byte[] wrapped = Arrays.copyOf(content, content.length + Integer.BYTES);
        java.nio.ByteBuffer.wrap(wrapped).putInt(content.length, sum(content, name));
        return wrapped;
    }

    @Override
    public byte[] unwrap(byte[] wrapped, String name) {
        byte[] content = Arrays.copyOf(wrapped, wrapped.length - Integer.BYTES);
        if (java.nio.ByteBuffer.wrap(wrapped).getInt(content.length) != sum(content, name)) {
            throw new DamagedException(name + " is damaged", null);
        }
        return content;
    }

    private static int sum(byte[] content, String name) {
        CRC32C sum = new CRC32C();
        sum.update(content);
        sum.update(name.getBytes(StandardCharsets.UTF_8));
        return (int) sum.getValue();
    }
}
