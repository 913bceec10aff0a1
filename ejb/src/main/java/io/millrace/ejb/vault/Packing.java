package io.millrace.ejb.vault;

import com.github.luben.zstd.Zstd;
import com.github.luben.zstd.ZstdCompressCtx;
import com.github.luben.zstd.ZstdDecompressCtx;
import com.github.luben.zstd.ZstdException;
import java.util.Arrays;

/**
 * Makes what is kept small: Zstandard (RFC 8878). Without a dictionary, since one holds pieces of what it was learnt from, and
 * outlives their deletion. Thread-safe.
 *
 * <p>A packed piece begins with a byte that says how: as it was, or compressed. Changes of a piece may go unnoticed: seal what
 * is packed.
 */
public final class Packing {

    private static final int LEVEL = 9;
    private static final int LEAST_BYTES = 24;
    private static final byte AS_IT_WAS = 0;
    private static final byte COMPRESSED = 1;

    private Packing() {}

    /** At most a byte longer than before. */
    public static byte[] pack(byte[] plain) {
        byte[] packed = new byte[Math.addExact(1, Math.toIntExact(Zstd.compressBound(plain.length)))];
        int length = plain.length < LEAST_BYTES ? Integer.MAX_VALUE : compress(plain, packed);
        if (length <= plain.length) {
            return Arrays.copyOf(packed, length);
        }
        byte[] stored = new byte[Math.addExact(plain.length, 1)];
        stored[0] = AS_IT_WAS;
        System.arraycopy(plain, 0, stored, 1, plain.length);
        return stored;
    }

    private static int compress(byte[] plain, byte[] packed) {
        try (ZstdCompressCtx context = new ZstdCompressCtx()) {
            context.setLevel(LEVEL);
            packed[0] = COMPRESSED;
            return 1 + context.compressByteArray(packed, 1, packed.length - 1, plain, 0, plain.length);
        }
    }

    /**
     * @param mostBytes what it may become; memory is taken for that at most
     * @throws UnreadableException where it would become more, is no packed piece, or is cut off
     */
    public static byte[] unpack(byte[] packed, int mostBytes) throws UnreadableException {
        byte how = packed.length == 0 ? -1 : packed[0];
        return switch (how) {
            case AS_IT_WAS -> {
                requireAllowed(packed.length - 1L, mostBytes);
                yield Arrays.copyOfRange(packed, 1, packed.length);
            }
            case COMPRESSED -> decompress(packed, mostBytes);
            default -> throw new UnreadableException("It is empty, or not packed, or by a version that is not known here.");
        };
    }

    private static byte[] decompress(byte[] packed, int mostBytes) throws UnreadableException {
        long length = packed.length <= 1 ? -1 : Zstd.getFrameContentSize(packed, 1, packed.length - 1);
        requireAllowed(length, mostBytes);
        byte[] plain = new byte[(int) length];
        try (ZstdDecompressCtx context = new ZstdDecompressCtx()) {
            if (context.decompressByteArray(plain, 0, plain.length, packed, 1, packed.length - 1) != plain.length) {
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
}
