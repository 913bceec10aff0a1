package io.millrace.connector.gguf;

import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;

/**
 * Reads the primitives of GGUF, in order. Nothing is allocated by what the file claims unless the file has as many
 * bytes left, and never more than {@link #LONGEST_STRING}.
 */
final class GgufReader {

    /** Chat templates are the longest strings of real files, some tens of kilobytes. */
    static final int LONGEST_STRING = 16 << 20;

    private final SeekableByteChannel channel;
    private final long size;
    private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN).limit(0);

    GgufReader(SeekableByteChannel channel) throws IOException {
        this.channel = channel;
        this.size = channel.size();
    }

    /** Bytes read so far. */
    long position() throws IOException {
        return channel.position() - buffer.remaining();
    }

    long size() {
        return size;
    }

    int u8() throws IOException {
        need(1);
        return buffer.get() & 0xFF;
    }

    int u16() throws IOException {
        need(2);
        return buffer.getShort() & 0xFFFF;
    }

    int i32() throws IOException {
        need(4);
        return buffer.getInt();
    }

    long u32() throws IOException {
        return Integer.toUnsignedLong(i32());
    }

    long i64() throws IOException {
        need(8);
        return buffer.getLong();
    }

    /** A count or length that must be positive and have at least {@code bytesEach} bytes of file for each. */
    long count(String what, int bytesEach) throws IOException {
        long count = i64();
        if (count < 0 || count > (size - position()) / bytesEach) {
            throw new GgufDamage(what + " is " + Long.toUnsignedString(count) + ", more than the file can hold");
        }
        return count;
    }

    String string(String what) throws IOException {
        long length = count("the length of " + what, 1);
        if (length > LONGEST_STRING) {
            throw new GgufDamage(what + " is " + length + " bytes long");
        }
        byte[] bytes = new byte[(int) length];
        read(bytes);
        return new String(bytes, StandardCharsets.UTF_8);
    }

    void read(byte[] target) throws IOException {
        int at = 0;
        while (at < target.length) {
            need(1);
            int chunk = Math.min(buffer.remaining(), target.length - at);
            buffer.get(target, at, chunk);
            at += chunk;
        }
    }

    void skip(long bytes) throws IOException {
        if (bytes > size - position()) {
            throw new EOFException();
        }
        if (bytes <= buffer.remaining()) {
            buffer.position(buffer.position() + (int) bytes);
        } else {
            channel.position(position() + bytes);
            buffer.limit(0);
        }
    }

    private void need(int bytes) throws IOException {
        if (buffer.remaining() < bytes) {
            buffer.compact();
            while (buffer.position() < bytes) {
                if (channel.read(buffer) < 0) {
                    throw new EOFException();
                }
            }
            buffer.flip();
        }
    }
}
