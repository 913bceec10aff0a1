package io.millrace.connector.gguf;

import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;

/**
 * Normally distributed weights, quantised, the same for the same seed. A tile of them is computed once and then copied
 * from random places: for half a billion weights that takes seconds instead of minutes.
 */
final class RandomWeights {

    private static final int TILE = 1 << 16;

    private record Kind(TensorType type, float deviation) {}

    private final Random random;
    private final Map<Kind, byte[]> tiles = new HashMap<>();

    RandomWeights(long seed) {
        random = new Random(seed);
    }

    /** @param deviation standard deviation of the weights, whose mean is 0 */
    GgufWriter.Data normal(TensorType type, double deviation) {
        return (out, bytes) -> copy(out, bytes, type, (float) deviation);
    }

    /** The same number everywhere, as F32. */
    static GgufWriter.Data constant(float value) {
        return (out, bytes) -> {
            ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
            while (buffer.hasRemaining()) {
                buffer.putFloat(value);
            }
            out.write(buffer.array());
        };
    }

    private void copy(OutputStream out, long bytes, TensorType type, float deviation) throws IOException {
        byte[] tile = tiles.computeIfAbsent(new Kind(type, deviation), this::tile);
        int blockBytes = (int) type.bytes(type.blockLength());
        long left = bytes;
        while (left > 0) {
            int from = random.nextInt(tile.length / blockBytes) * blockBytes;
            int chunk = (int) Math.min(left, tile.length - from);
            out.write(tile, from, chunk);
            left -= chunk;
        }
    }

    private byte[] tile(Kind kind) {
        ByteBuffer buffer = ByteBuffer.allocate((int) kind.type.bytes(TILE)).order(ByteOrder.LITTLE_ENDIAN);
        float[] block = new float[kind.type.blockLength()];
        for (int done = 0; done < TILE; done += block.length) {
            for (int i = 0; i < block.length; i++) {
                block[i] = (float) random.nextGaussian() * kind.deviation;
            }
            quantise(buffer, kind.type, block);
        }
        return buffer.array();
    }

    private static void quantise(ByteBuffer out, TensorType type, float[] block) {
        switch (type) {
            case F32 -> out.putFloat(block[0]);
            case F16 -> out.putShort(Float.floatToFloat16(block[0]));
            case Q8_0 -> q8(out, block);
            case Q4_0 -> q4(out, block);
            default -> throw new IllegalArgumentException("can't write " + type);
        }
    }

    /** A scale, then 32 bytes: {@code block_q8_0} of ggml. */
    private static void q8(ByteBuffer out, float[] block) {
        float greatest = 0;
        for (float x : block) {
            greatest = Math.max(greatest, Math.abs(x));
        }
        float scale = greatest / 127;
        out.putShort(Float.floatToFloat16(scale));
        for (float x : block) {
            out.put((byte) Math.clamp(Math.round(x / scale), -127, 127));
        }
    }

    /** A scale, then 16 bytes: numbers i and i + 16 share one: {@code block_q4_0} of ggml. */
    private static void q4(ByteBuffer out, float[] block) {
        float greatest = 0;
        for (float x : block) {
            greatest = Math.abs(x) > Math.abs(greatest) ? x : greatest;
        }
        float scale = greatest / -8;
        int[] nibbles = new int[block.length];
        Arrays.setAll(nibbles, i -> Math.clamp((int) (block[i] / scale + 8.5f), 0, 15));
        out.putShort(Float.floatToFloat16(scale));
        for (int i = 0; i < nibbles.length / 2; i++) {
            out.put((byte) (nibbles[i] | nibbles[i + nibbles.length / 2] << 4));
        }
    }
}
