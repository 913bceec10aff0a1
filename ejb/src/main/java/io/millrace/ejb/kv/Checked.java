package io.millrace.ejb.kv;

import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.zip.CRC32C;

/** Keeps nothing secret: a CRC-32C in front of the bytes tells what was damaged or is in another one's place. No state. */
final class Checked implements Sealer {

    @Override
    public byte[] seal(byte[] plain, byte[] bound) {
        return ByteBuffer.allocate(Integer.BYTES + plain.length).putInt(checksum(plain, 0, bound)).put(plain).array();
    }

    @Override
    public byte[] open(byte[] sealed, byte[] bound) throws UnreadableException {
        if (sealed.length < Integer.BYTES) {
            throw new UnreadableException(sealed.length + " bytes hold no checksum");
        }
        if (ByteBuffer.wrap(sealed).getInt() != checksum(sealed, Integer.BYTES, bound)) {
            throw new UnreadableException("the checksum is wrong");
        }
        return Arrays.copyOfRange(sealed, Integer.BYTES, sealed.length);
    }

    @Override
    public int overhead() {
        return Integer.BYTES;
    }

    private static int checksum(byte[] bytes, int from, byte[] bound) {
        CRC32C crc = new CRC32C();
        crc.update(bound);
        crc.update(bytes, from, bytes.length - from);
        return (int) crc.getValue();
    }
}
