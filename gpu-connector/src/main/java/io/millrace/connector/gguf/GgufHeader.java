package io.millrace.connector.gguf;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import java.io.EOFException;
import java.io.IOException;
import java.nio.channels.SeekableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Reads a header from front to back and holds everything in it against the file's size. Used once. */
final class GgufHeader {

    private static final int MAGIC = 0x46554747;
    private static final int MAGIC_BIG_ENDIAN = 0x47475546;
    private static final int DEFAULT_ALIGNMENT = 32;

    /** Real files have some dozens of keys and some hundreds to thousands of tensors. */
    private static final long MOST_KEYS = 1 << 16;
    private static final long MOST_TENSORS = 1 << 17;
    /** {@code GGML_MAX_NAME} and {@code GGML_MAX_DIMS}. */
    private static final int LONGEST_NAME = 63;
    private static final int MOST_DIMENSIONS = 4;
    /** Arrays up to here are kept: one number for each layer, not one for each token. */
    private static final int SHORT_ARRAY = 1024;

    private static final String TOKENS = "tokenizer.ggml.tokens";

    private final GgufReader in;
    private final Map<String, Object> metadata = new HashMap<>();

    private GgufHeader(GgufReader in) {
        this.in = in;
    }

    static GgufFile read(Path path) throws EngineException {
        if (!Files.isRegularFile(path)) {
            throw new EngineException(Code.MODEL_MISSING, "there is no model file " + path);
        }
        try (SeekableByteChannel channel = Files.newByteChannel(path)) {
            return new GgufHeader(new GgufReader(channel)).all(path);
        } catch (EOFException _) {
            throw damaged(path, "it ends inside its header: the download was cut off");
        } catch (GgufDamage e) {
            throw damaged(path, e.getMessage());
        } catch (IOException e) {
            throw new EngineException(Code.MODEL_MISSING, path + " can't be read: " + e.getMessage(), e);
        }
    }

    private static EngineException damaged(Path path, String why) {
        return new EngineException(Code.MODEL_DAMAGED, path + " is no sound GGUF file: " + why);
    }

    private GgufFile all(Path path) throws IOException, EngineException {
        if (in.size() == 0) {
            throw new GgufDamage("it is empty");
        }
        magic(path);
        long tensors = in.count("the number of tensors", 8);
        long keys = in.count("the number of keys", 8);
        require(tensors <= MOST_TENSORS, "it claims " + tensors + " tensors");
        require(keys <= MOST_KEYS, "it claims " + keys + " keys");
        for (long i = 0; i < keys; i++) {
            key();
        }
        requireWhole(path);
        List<GgufFile.Tensor> list = new ArrayList<>();
        for (long i = 0; i < tensors; i++) {
            list.add(tensor());
        }
        long alignment = alignment();
        long dataStart = (in.position() + alignment - 1) / alignment * alignment;
        GgufFile file = new GgufFile(path, in.size(), dataStart, metadata, list);
        GgufSense.check(file, alignment);
        return file;
    }

    private void magic(Path path) throws IOException, EngineException {
        int magic = in.size() < 4 ? 0 : in.i32();
        if (magic != MAGIC) {
            if (magic == MAGIC_BIG_ENDIAN) {
                throw unsupported(path, "is big-endian");
            }
            throw new GgufDamage(guess(path));
        }
        long version = in.u32();
        if (version == 1 || version > 3) {
            throw unsupported(path, "is GGUF version " + version + "; 2 and 3 can be read");
        }
        require(version != 0, "its version is 0");
    }

    /** What {@code llama-gguf-split} wrote: the others of its parts would have to lie beside it. */
    private void requireWhole(Path path) throws EngineException {
        if (metadata.get("split.count") instanceof Long parts && parts > 1) {
            long number = metadata.get("split.no") instanceof Long zeroBased ? zeroBased + 1 : 0;
            throw unsupported(path, "is part " + number + " of " + parts
                    + " of a model, and models are served from one file: join the parts with llama-gguf-split --merge");
        }
    }

    private static EngineException unsupported(Path path, String why) {
        return new EngineException(Code.MODEL_UNSUPPORTED, path + " " + why);
    }

    /** What a file that is no GGUF may be instead, so that its owner knows what went wrong. */
    private static String guess(Path path) throws IOException {
        byte[] head;
        try (var stream = Files.newInputStream(path)) {
            head = stream.readNBytes(64);
        }
        String text = new String(head, StandardCharsets.ISO_8859_1).strip().toLowerCase(Locale.ROOT);
        if (text.startsWith("<!doctype") || text.startsWith("<html") || text.startsWith("<?xml")) {
            return "it is an HTML page instead of a model; the download address was wrong or asked for a login";
        }
        if (text.startsWith("version https://git-lfs")) {
            return "it is a Git LFS pointer instead of a model; fetch the file itself with git lfs pull";
        }
        return "it does not begin with GGUF";
    }

    private void key() throws IOException {
        String key = in.string("a key");
        require(!key.isEmpty(), "a key is empty");
        Object value = value(key, in.i32());
        require(metadata.put(key, value) == null, "the key " + printable(key) + " occurs twice");
    }

    /** Types of {@code gguf_type}. */
    private Object value(String key, int type) throws IOException {
        return switch (type) {
            case 0 -> (long) in.u8();
            case 1 -> (long) (byte) in.u8();
            case 2 -> (long) in.u16();
            case 3 -> (long) (short) in.u16();
            case 4 -> in.u32();
            case 5 -> (long) in.i32();
            case 6 -> (double) Float.intBitsToFloat(in.i32());
            case 7 -> in.u8() != 0;
            case 8 -> in.string("the value of " + printable(key));
            case 9 -> array(key, in.i32());
            case 10, 11 -> in.i64();
            case 12 -> Double.longBitsToDouble(in.i64());
            default -> throw new GgufDamage("the value of " + printable(key) + " has the unknown type " + type);
        };
    }

    private Object array(String key, int type) throws IOException {
        String what = "the number of elements of " + printable(key);
        if (type == 8) {
            return strings(key, in.count(what, 8));
        }
        int bytes = switch (type) {
            case 0, 1, 7 -> 1;
            case 2, 3 -> 2;
            case 4, 5, 6 -> 4;
            case 10, 11, 12 -> 8;
            default -> throw new GgufDamage("the array " + printable(key) + " has the unknown type " + type);
        };
        long count = in.count(what, bytes);
        if (count > SHORT_ARRAY || type == 6 || type == 7 || type == 12) {
            in.skip(count * bytes);
            return new GgufFile.Elements(count);
        }
        long[] numbers = new long[(int) count];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = (Long) value(key, type);
        }
        return numbers;
    }

    /** llama.cpp ends the process over a vocabulary that holds a token twice. */
    private GgufFile.Elements strings(String key, long count) throws IOException {
        Set<String> seen = new HashSet<>();
        for (long i = 0; i < count; i++) {
            if (key.equals(TOKENS)) {
                String token = in.string("a token");
                require(token.isEmpty() || seen.add(token), "its vocabulary holds the token " + printable(token)
                        + " twice");
            } else {
                in.skip(in.count("the length of an element of " + printable(key), 1));
            }
        }
        return new GgufFile.Elements(count);
    }

    private GgufFile.Tensor tensor() throws IOException {
        String name = in.string("a tensor's name");
        require(!name.isEmpty() && name.length() <= LONGEST_NAME, "a tensor's name is " + name.length()
                + " characters long");
        long dimensions = in.u32();
        require(dimensions >= 1 && dimensions <= MOST_DIMENSIONS, printable(name) + " has " + dimensions
                + " dimensions");
        long[] shape = new long[(int) dimensions];
        for (int i = 0; i < shape.length; i++) {
            shape[i] = in.i64();
        }
        long id = in.u32();
        TensorType type = TensorType.of(id);
        require(type != null, printable(name) + " has the unknown number format " + id);
        return new GgufFile.Tensor(name, shape, type, in.i64());
    }

    private long alignment() throws IOException {
        Object value = metadata.getOrDefault("general.alignment", (long) DEFAULT_ALIGNMENT);
        require(value instanceof Long alignment && alignment > 0 && alignment <= 1 << 16
                && Long.bitCount(alignment) == 1, "its alignment is " + value);
        return (Long) value;
    }

    static String printable(String text) {
        String cut = text.length() > 64 ? text.substring(0, 64) + "…" : text;
        return '"' + cut.replaceAll("\\p{Cntrl}", "?") + '"';
    }

    private static void require(boolean holds, String otherwise) throws GgufDamage {
        if (!holds) {
            throw new GgufDamage(otherwise);
        }
    }
}
