package io.millrace.ejb.vault;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdDictCompress;
import com.github.luben.zstd.ZstdDictDecompress;
import com.github.luben.zstd.ZstdException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * Makes what is kept small: Zstandard (RFC 8878), with a dictionary where one was learnt. Thread-safe. Holds native memory
 * for each dictionary until it is closed, when nobody may use it any more.
 *
 * <p>A packed piece begins with a byte that says how: as it was, compressed, or compressed with the dictionary whose id
 * follows in four bytes. Changes of a piece may go unnoticed: seal what is packed.
 */
public final class Packing implements AutoCloseable {

    /** A dictionary's largest size, zstd's own default. */
    public static final int DICTIONARY_BYTES = 110 << 10;

    private static final int LEVEL = 9;
    private static final int LEAST_BYTES = 24;
    private static final byte AS_IT_WAS = 0;
    private static final byte COMPRESSED = 1;
    private static final byte WITH_DICTIONARY = 2;
    private static final int DICTIONARY_HEADER_BYTES = 1 + Integer.BYTES;

    /**
     * What pieces have in common.
     *
     * @param content not copied, so nobody may change it
     */
    public record Dictionary(int id, byte[] content) {

        /** @throws IllegalArgumentException when it is no dictionary of zstd's */
        public static Dictionary of(byte[] content) {
            long id = Zstd.getDictIdFromDict(content);
            if (id <= 0) {
                throw new IllegalArgumentException("these " + content.length + " bytes are no dictionary");
            }
            return new Dictionary((int) id, content);
        }
    }

    private record Packer(int id, ZstdDictCompress dictionary) {}

    private final Map<Integer, ZstdDictDecompress> known = new ConcurrentHashMap<>();
    /** Kept even when another takes its place, since somebody may just be packing with it. */
    private final Map<Integer, Packer> packers = new ConcurrentHashMap<>();
    private volatile Packer used;

    /**
     * Learns a dictionary. Takes seconds for some megabytes; about a hundred times a dictionary's size is enough.
     *
     * <p>A dictionary holds pieces of its samples as they are, so it is as secret as they are, and outlives them: samples that
     * somebody may ask to be forgotten don't belong here.
     *
     * @return empty where the samples are too few or too short to learn from
     */
    public static Optional<Dictionary> train(List<byte[]> samples) {
        byte[] content = new byte[DICTIONARY_BYTES];
        try {
            long length = Zstd.trainFromBuffer(samples.toArray(byte[][]::new), content);
            return Zstd.isError(length) ? Optional.empty() : Optional.of(Dictionary.of(Arrays.copyOf(content, (int) length)));
        } catch (ZstdException e) {
            return Optional.empty();
        }
    }

    /** From now on what was packed with it can be unpacked. */
    public void know(Dictionary dictionary) {
        known.computeIfAbsent(dictionary.id(), id -> new ZstdDictDecompress(dictionary.content()));
    }

    /** From now on it packs with this one, and still knows those before it. */
    public void use(Dictionary dictionary) {
        know(dictionary);
        used = packers.computeIfAbsent(dictionary.id(), id -> new Packer(id, new ZstdDictCompress(dictionary.content(), LEVEL)));
    }

    /** At most a byte longer than before. */
    public byte[] pack(byte[] plain) {
        byte[] packed = new byte[Math.addExact(DICTIONARY_HEADER_BYTES, Math.toIntExact(Zstd.compressBound(plain.length)))];
        int length = plain.length < LEAST_BYTES ? Integer.MAX_VALUE : compress(plain, packed);
        if (length <= plain.length) {
            return Arrays.copyOf(packed, length);
        }
        byte[] stored = new byte[Math.addExact(plain.length, 1)];
        stored[0] = AS_IT_WAS;
        System.arraycopy(plain, 0, stored, 1, plain.length);
        return stored;
    }

    private int compress(byte[] plain, byte[] packed) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(LEVEL).setDictID(false);
            int header = 1;
            packed[0] = COMPRESSED;
            Packer packer = used;
            if (packer != null) {
                context.loadDict(packer.dictionary());
                ByteBuffer.wrap(packed).put(WITH_DICTIONARY).putInt(packer.id());
                header = DICTIONARY_HEADER_BYTES;
            }
            return header + context.compressByteArray(packed, header, packed.length - header, plain, 0, plain.length);
        }
    }

    /**
     * @param mostBytes what it may become; memory is taken for that at most
     * @throws UnreadableException where it would become more, is no packed piece, is cut off, or its dictionary isn't known
     */
    public byte[] unpack(byte[] packed, int mostBytes) throws UnreadableException {
        byte how = packed.length == 0 ? -1 : packed[0];
        return switch (how) {
            case AS_IT_WAS -> {
                requireAllowed(packed.length - 1L, mostBytes);
                yield Arrays.copyOfRange(packed, 1, packed.length);
            }
            case COMPRESSED -> decompress(packed, 1, null, mostBytes);
            case WITH_DICTIONARY -> {
                int id = packed.length < DICTIONARY_HEADER_BYTES ? 0 : ByteBuffer.wrap(packed).getInt(1);
                ZstdDictDecompress dictionary = known.get(id);
                if (dictionary == null) {
                    throw new UnreadableException("It was packed with dictionary " + id + ", which is not known here.");
                }
                yield decompress(packed, DICTIONARY_HEADER_BYTES, dictionary, mostBytes);
            }
            default -> throw new UnreadableException("It is empty, or not packed, or by a version that is not known here.");
        };
    }

    private static byte[] decompress(byte[] packed, int from, ZstdDictDecompress dictionary, int mostBytes) throws UnreadableException {
        long length = packed.length <= from ? -1 : Zstd.getFrameContentSize(packed, from, packed.length - from);
        requireAllowed(length, mostBytes);
        byte[] plain = new byte[(int) length];
        try (ZstdDecompressCtx context = new ZstdDecompressCtx()) {
            if (dictionary != null) {
                context.loadDict(dictionary);
            }
            if (context.decompressByteArray(plain, 0, plain.length, packed, from, packed.length - from) != plain.length) {
                throw new UnreadableException("It was cut off.");
            }
            return plain;
        } catch (ZstdException e) {
            throw new UnreadableException("It is damaged: " + e.getMessage() + ".", e);
        }
    }

    private static void requireAllowed(long length, int mostBytes) throws UnreadableException {
        if (length < 0 || length > mostBytes) {
            throw new UnreadableException("It is damaged, or would become more than " + mostBytes + " bytes.");
        }
    }

    @Override
    public void close() {
        packers.values().forEach(packer -> packer.dictionary().close());
        known.values().forEach(ZstdDictDecompress::close);
    }
}
