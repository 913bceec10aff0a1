package io.millrace.ejb.kv;

import io.millrace.connector.engine.KvState;
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
 * One state as it lies on the disk: magic, format, length of the sealed head (4 bytes each, big-endian), length of the state (8),
 * the head, then the state in pieces of {@value #PIECE} bytes, each of these sealed for itself and bound to the file's name and its
 * place. So heads can be read alone, no state is in memory twice, and no part of one file opens in another one. Immutable.
 */
final class KvFile {

    static final String SUFFIX = ".kv";
    /** Of a file that is being written. */
    static final String PART = ".part";
    /** Of what is sealed of a state at a time; the last piece is shorter. */
    static final int PIECE = 1 << 20;

    private static final int MAGIC = 0x4D524B44;
    private static final int FORMAT = 2;
    private static final int PREFIX = 3 * Integer.BYTES + Long.BYTES;

    private final String name;
    private final byte[] head;
    private final KvState state;
    private final Sealer sealer;

    KvFile(String name, KvHead head, KvState state, Sealer sealer) {
        this.name = name;
        this.head = sealer.seal(head.toBytes(), headBound(name, state.bytes()));
        this.state = state;
        this.sealer = sealer;
    }

    /** Bytes that it takes on the disk. */
    long bytes() {
        return bytes(head.length, state.bytes(), sealer);
    }

    private static long bytes(long head, long state, Sealer sealer) {
        return PREFIX + head + state + pieces(state) * sealer.overhead();
    }

    private static long pieces(long state) {
        return state / PIECE + (state % PIECE == 0 ? 0 : 1);
    }

    /** Nothing is flushed: what a crash of the machine leaves is seen to be damaged, and computed again. */
    void write(Path path) throws IOException {
        try (FileChannel channel = FileChannel.open(path, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
            write(channel, ByteBuffer.allocate(PREFIX).putInt(MAGIC).putInt(FORMAT).putInt(head.length).putLong(state.bytes()).flip());
            write(channel, ByteBuffer.wrap(head));
            for (long at = 0; at < state.bytes(); at += PIECE) {
                byte[] piece = new byte[length(at, state.bytes())];
                state.part(at, piece.length).get(piece);
                write(channel, ByteBuffer.wrap(sealer.seal(piece, pieceBound(name, at))));
            }
        }
    }

    private static int length(long at, long bytes) {
        return (int) Math.min(PIECE, bytes - at);
    }

    private static void write(FileChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    /** Reads what a file is of, and not its state. */
    static KvHead head(Path path, Sealer sealer) throws IOException, UnreadableException {
        try (FileChannel channel = FileChannel.open(path)) {
            return head(channel, name(path), lengths(channel, sealer), sealer);
        }
    }

    /** Reads a whole file; its state, which the caller owns. */
    static KvState state(Path path, KvHead expected, Sealer sealer) throws IOException, UnreadableException {
        try (FileChannel channel = FileChannel.open(path)) {
            Lengths lengths = lengths(channel, sealer);
            KvHead head = head(channel, name(path), lengths, sealer);
            if (!expected.begins(head) || !head.begins(expected)) {
                throw new UnreadableException("it is of something else than it was");
            }
            KvState state = new KvState(lengths.state);
            boolean whole = false;
            try {
                fill(state, channel, name(path), PREFIX + (long) lengths.head, sealer);
                whole = true;
                return state;
            } finally {
                if (!whole) {
                    state.close();
                }
            }
        }
    }

    private static void fill(KvState state, FileChannel channel, String name, long from, Sealer sealer) throws IOException, UnreadableException {
        long at = 0;
        for (long next = from; at < state.bytes(); at += PIECE) {
            int length = length(at, state.bytes());
            byte[] piece = sealer.open(read(channel, next, length + sealer.overhead()), pieceBound(name, at));
            state.part(at, length).put(piece);
            next += length + sealer.overhead();
        }
    }

    /** What a file is called, without its suffix. */
    static String name(Path path) {
        String name = path.getFileName().toString();
        return name.substring(0, name.lastIndexOf('.'));
    }

    private record Lengths(int head, long state) {}

    private static Lengths lengths(FileChannel channel, Sealer sealer) throws IOException, UnreadableException {
        if (channel.size() < PREFIX) {
            throw new UnreadableException("it has " + channel.size() + " bytes, less than its prefix");
        }
        ByteBuffer prefix = ByteBuffer.wrap(read(channel, 0, PREFIX));
        if (prefix.getInt() != MAGIC || prefix.getInt() != FORMAT) {
            throw new UnreadableException("it does not begin like one");
        }
        int head = prefix.getInt();
        long state = prefix.getLong();
        if (head < 0 || state < 0 || state > channel.size() || bytes(head, state, sealer) != channel.size()) {
            throw new UnreadableException("it has " + channel.size() + " bytes, which is not what it says");
        }
        return new Lengths(head, state);
    }

    private static KvHead head(FileChannel channel, String name, Lengths lengths, Sealer sealer) throws IOException, UnreadableException {
        byte[] plain = sealer.open(read(channel, PREFIX, lengths.head), headBound(name, lengths.state));
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

    private static byte[] headBound(String name, long stateBytes) {
        return ("kv/" + name + "/head/" + stateBytes).getBytes(StandardCharsets.UTF_8);
    }

    private static byte[] pieceBound(String name, long at) {
        return ("kv/" + name + "/state/" + at).getBytes(StandardCharsets.UTF_8);
    }
}
