package io.millrace.connector.gguf;

import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Writes a GGUF file, version 3. First all keys and tensors are declared, then {@link #write} streams the data, so a
 * model larger than the heap can be written. Used by one thread.
 */
public final class GgufWriter {

    private static final int ALIGNMENT = 32;
    private static final int U32 = 4;
    private static final int I32 = 5;
    private static final int F32 = 6;
    private static final int BOOL = 7;
    private static final int STRING = 8;
    private static final int ARRAY = 9;

    /** Writes the data of one tensor. */
    @FunctionalInterface
    public interface Data {
        /** @param bytes how many to write */
        void writeTo(OutputStream out, long bytes) throws IOException;
    }

    private record Declared(String name, TensorType type, long[] shape, Data data) {
        long bytes() {
            long numbers = 1;
            for (long dimension : shape) {
                numbers *= dimension;
            }
            return type.bytes(numbers);
        }
    }

    private final ByteArrayOutputStream keys = new ByteArrayOutputStream();
    private final List<Declared> tensors = new ArrayList<>();
    private int keyCount;

    public GgufWriter put(String key, String value) {
        key(key, STRING);
        string(keys, value);
        return this;
    }

    /** As an unsigned 32-bit integer. */
    public GgufWriter put(String key, int value) {
        key(key, U32);
        return u32(value);
    }

    public GgufWriter put(String key, float value) {
        key(key, F32);
        return u32(Float.floatToRawIntBits(value));
    }

    public GgufWriter put(String key, boolean value) {
        key(key, BOOL);
        keys.write(value ? 1 : 0);
        return this;
    }

    public GgufWriter put(String key, List<String> values) {
        array(key, STRING, values.size());
        values.forEach(value -> string(keys, value));
        return this;
    }

    /** As an array of signed 32-bit integers. */
    public GgufWriter put(String key, int[] values) {
        array(key, I32, values.length);
        for (int value : values) {
            u32(value);
        }
        return this;
    }

    /** @param shape numbers in each dimension, the fastest first */
    public GgufWriter tensor(String name, TensorType type, Data data, long... shape) {
        tensors.add(new Declared(name, type, shape.clone(), data));
        return this;
    }

    /** Writes the whole file, replacing what is there. */
    public void write(Path path) throws IOException {
        ByteArrayOutputStream header = new ByteArrayOutputStream();
        header.writeBytes("GGUF".getBytes(StandardCharsets.US_ASCII));
        header.writeBytes(little(20).putInt(3).putLong(tensors.size()).putLong(keyCount).array());
        header.writeBytes(keys.toByteArray());
        long offset = 0;
        for (Declared tensor : tensors) {
            declare(header, tensor, offset);
            offset += padded(tensor.bytes());
        }
        try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(path), 1 << 20)) {
            header.writeTo(out);
            pad(out, header.size());
            for (Declared tensor : tensors) {
                tensor.data.writeTo(out, tensor.bytes());
                pad(out, tensor.bytes());
            }
        }
    }

    private static void declare(ByteArrayOutputStream header, Declared tensor, long offset) {
        string(header, tensor.name);
        ByteBuffer shape = little(4 + 8 * tensor.shape.length + 12).putInt(tensor.shape.length);
        for (long dimension : tensor.shape) {
            shape.putLong(dimension);
        }
        header.writeBytes(shape.putInt(tensor.type.id()).putLong(offset).array());
    }

    private void key(String key, int type) {
        string(keys, key);
        u32(type);
        keyCount++;
    }

    private void array(String key, int type, int count) {
        key(key, ARRAY);
        u32(type);
        keys.writeBytes(little(8).putLong(count).array());
    }

    private GgufWriter u32(int value) {
        keys.writeBytes(little(4).putInt(value).array());
        return this;
    }

    private static void string(ByteArrayOutputStream target, String value) {
        byte[] utf8 = value.getBytes(StandardCharsets.UTF_8);
        target.writeBytes(little(8).putLong(utf8.length).array());
        target.writeBytes(utf8);
    }

    private static ByteBuffer little(int bytes) {
        return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    private static long padded(long bytes) {
        return (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
    }

    private static void pad(OutputStream out, long written) throws IOException {
        out.write(new byte[(int) (padded(written) - written)]);
    }
}
