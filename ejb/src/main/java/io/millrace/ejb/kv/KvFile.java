package io.millrace.ejb.kv;

import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.io.EOFException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * One state as it lies on the disk: magic, format, length of the head (4 bytes each, big-endian), length of the state (8),
 * then both, each sealed for itself and bound to the file's name. So heads can be read alone, and no part of one file opens
 * in another one. Immutable.
 */
final class KvFile {

    static final String SUFFIX = ".kv";
    /** Of a file that is being written. */
    static final String PART = ".part";

    private static final int MAGIC = 0x4D524B44;
    private static final int FORMAT = 1;
    private static final int PREFIX = 3 * Integer.BYTES + Long.BYTES;

    private final byte[] head;
    private final byte[] state;

    private KvFile(byte[] head, byte[] state) {
        this.head = head;
        this.state = state;
    }

    static KvFile seal(String name, KvHead head, byte[] state, Sealer sealer) {
        return new KvFile(sealer.seal(head.toBytes(), bound(name, "head")), sealer.seal(state, bound(name, "state")));
    }

    /** Bytes that it takes on the disk. */
    long bytes() {
        return PREFIX + (long) head.length + state.length;
    }

    /** Nothing is flushed: what a crash of the machine leaves is seen to be damaged, and computed again. */
    void write(Path path) throws IOException {
        ByteBuffer prefix = ByteBuffer.allocate(PREFIX).putInt(MAGIC).putInt(FORMAT).putInt(head.length).putLong(state.length).flip();
        ByteBuffer[] parts = {prefix, ByteBuffer.wrap(head), ByteBuffer.wrap(state)};
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            while (parts[2].hasRemaining()) {
                channel.write(parts);
            }
        }
    }

    /** Reads what a file is of, and not its state. */
    static KvHead head(Path path, Sealer sealer) throws IOException, UnreadableException {
        try (FileChannel channel = FileChannel.open(path)) {
            return head(channel, name(path), lengths(channel), sealer);
        }
    }

    /** Reads a whole file; its state. */
    static byte[] state(Path path, KvHead expected, Sealer sealer) throws IOException, UnreadableException {
        try (FileChannel channel = FileChannel.open(path)) {
            Lengths lengths = lengths(channel);
            KvHead head = head(channel, name(path), lengths, sealer);
            if (!expected.begins(head) || !head.begins(expected)) {
                throw new UnreadableException("it is of something else than it was");
            }
            byte[] sealed = read(channel, PREFIX + (long) lengths.head, lengths.state);
            return sealer.open(sealed, bound(name(path), "state"));
        }
    }

    /** What a file is called, without its suffix. */
    static String name(Path path) {
        String name = path.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    private record Lengths(int head, int state) {}

    private static Lengths lengths(FileChannel channel) throws IOException, UnreadableException {
        if (channel.size() < PREFIX) {
            throw new UnreadableException("it has " + channel.size() + " bytes, less than its prefix");
        }
        ByteBuffer prefix = ByteBuffer.wrap(read(channel, 0, PREFIX));
        if (prefix.getInt() != MAGIC || prefix.getInt() != FORMAT) {
            throw new UnreadableException("it does not begin like one");
        }
        int head = prefix.getInt();
        long state = prefix.getLong();
        if (head < 0 || state < 0 || state > Integer.MAX_VALUE || PREFIX + head + state != channel.size()) {
            throw new UnreadableException("it has " + channel.size() + " bytes, which is not what it says");
        }
        return new Lengths(head, (int) state);
    }

    private static KvHead head(FileChannel channel, String name, Lengths lengths, Sealer sealer) throws IOException, UnreadableException {
        byte[] plain = sealer.open(read(channel, PREFIX, lengths.head), bound(name, "head"));
        try {
            return KvHead.of(plain);
        } catch (IOException e) {
            throw new UnreadableException("its head is none: " + e.getMessage(), e);
        }
    }

    private static byte[] read(FileChannel channel, long from, int length) throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(length);
        while (bytes.hasRemaining()) {
            if (channel.read(bytes, from + bytes.position()) < 0) {
                throw new EOFException("it ends after " + (from + bytes.position()) + " bytes");
            }
        }
        return bytes.array();
    }

    private static byte[] bound(String name, String part) {
        return ("kv/" + name + "/" + part).getBytes(StandardCharsets.UTF_8);
    }
}
