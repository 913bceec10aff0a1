package io.millrace.connector.gguf;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * The header of a GGUF file. Immutable.
 *
 * @param path      where it is
 * @param fileBytes size of the whole file
 * @param dataStart where the tensors' data begins
 * @param metadata  scalar values by key (Long for every integer, Double for every float, Boolean, String), short arrays
 *                  of numbers as {@code long[]} or {@code double[]}; of every other array only the number of elements,
 *                  as {@link Elements}
 * @param tensors   in the order of the file
 */
public record GgufFile(Path path, long fileBytes, long dataStart, Map<String, Object> metadata, List<Tensor> tensors) {

    /** A long array, of which only the number of elements is kept. */
    public record Elements(long count) {}

    /**
     * One tensor.
     *
     * @param shape  numbers in each dimension, the fastest first
     * @param offset from {@link GgufFile#dataStart}
     */
    public record Tensor(String name, long[] shape, TensorType type, long offset) {
        /** Numbers in it. */
        public long numbers() {
            long numbers = 1;
            for (long dimension : shape) {
                numbers *= dimension;
            }
            return numbers;
        }

        /** Bytes of its data. */
        public long bytes() {
            return type.bytes(numbers());
        }
    }

    /** Values of {@code general.file_type} ({@code llama_ftype}); removed ones are empty. */
    private static final String[] FILE_TYPES = {"F32", "F16", "Q4_0", "Q4_1", "", "", "", "Q8_0", "Q5_0", "Q5_1",
        "Q2_K", "Q3_K_S", "Q3_K_M", "Q3_K_L", "Q4_K_S", "Q4_K_M", "Q5_K_S", "Q5_K_M", "Q6_K", "IQ2_XXS", "IQ2_XS",
        "Q2_K_S", "IQ3_XS", "IQ3_XXS", "IQ1_S", "IQ4_NL", "IQ3_S", "IQ3_M", "IQ2_S", "IQ2_M", "IQ4_XS", "IQ1_M", "BF16",
        "", "", "", "TQ1_0", "TQ2_0", "MXFP4", "NVFP4", "Q1_0", "Q2_0"};

    public GgufFile {
        metadata = Map.copyOf(metadata);
        tensors = List.copyOf(tensors);
    }

    /**
     * Reads and judges the header of a model.
     *
     * @throws EngineException MODEL_MISSING when there is no such file or it can't be read; MODEL_DAMAGED when it is no
     *         GGUF, or is cut off, or its header contradicts itself; MODEL_UNSUPPORTED when it is sound but no model
     *         that can be run (a vocabulary without weights, one part of several, big-endian)
     */
    public static GgufFile read(Path path) throws EngineException {
        GgufFile file = GgufHeader.read(path);
        if (file.tensors.isEmpty()) {
            throw new EngineException(Code.MODEL_UNSUPPORTED, path + " holds a vocabulary but no weights");
        }
        return file;
    }

    /** {@code general.architecture}, such as {@code qwen2}; empty when not given. */
    public String architecture() {
        return text("general.architecture");
    }

    /** A text value by its full key; empty when not given. */
    public String text(String key) {
        return metadata.get(key) instanceof String text ? text : "";
    }

    /** {@code general.name}, or the file's name without its suffix. */
    public String name() {
        if (metadata.get("general.name") instanceof String name && !name.isBlank()) {
            return name;
        }
        String file = String.valueOf(path.getFileName());
        return file.endsWith(".gguf") ? file.substring(0, file.length() - ".gguf".length()) : file;
    }

    /** The file type in llama.cpp's words, such as {@code Q4_K_M}; where not given, the format of most weights. */
    public String quantisation() {
        long type = number("general.file_type", -1);
        if (type >= 0 && type < FILE_TYPES.length && !FILE_TYPES[(int) type].isEmpty()) {
            return FILE_TYPES[(int) type];
        }
        long[] numbers = new long[TensorType.values().length];
        tensors.forEach(tensor -> numbers[tensor.type().ordinal()] += tensor.numbers());
        int most = 0;
        for (int i = 1; i < numbers.length; i++) {
            most = numbers[i] > numbers[most] ? i : most;
        }
        return TensorType.values()[most].name();
    }

    /** Number of weights. */
    public long parameters() {
        return tensors.stream().mapToLong(Tensor::numbers).sum();
    }

    /** Bytes of all weights. */
    public long weightBytes() {
        return tensors.stream().mapToLong(Tensor::bytes).sum();
    }

    /** Context that the model was trained for, tokens; 0 when not given. */
    public int contextLength() {
        return (int) Math.min(Integer.MAX_VALUE, own("context_length", 0));
    }

    /** Number of tokens in the vocabulary; 0 when not given. */
    public long vocabulary() {
        return metadata.get("tokenizer.ggml.tokens") instanceof Elements tokens ? tokens.count() : 0;
    }

    /** Whether keys and values are one compressed vector (multi-head latent attention), as in DeepSeek's models. */
    public boolean hasLatentAttention() {
        return metadata.containsKey(architecture() + ".attention.kv_lora_rank")
                && metadata.containsKey(architecture() + ".attention.key_length_mla");
    }

    /** Bytes of KV cache for one token. */
    public long kvBytesPerToken(EngineSpec.KvType type) {
        long layers = own("block_count", 0);
        long heads = Math.max(1, own("attention.head_count", 1));
        long headSize = own("embedding_length", 0) / heads;
        long keys = own("attention.key_length", headSize);
        long values = hasLatentAttention() ? 0 : own("attention.value_length", headSize);
        long numbers = layers * own("attention.head_count_kv", heads) * (keys + values);
        return switch (type) {
            case F16, BF16 -> 2 * numbers;
            case F32 -> 4 * numbers;
            case Q8_0 -> TensorType.Q8_0.bytes(numbers + TensorType.Q8_0.blockLength() - 1);
        };
    }

    /**
     * Memory that an engine takes beside its weights, an estimate from above, in bytes: KV cache, output logits and the
     * buffers of one step.
     *
     * @param contextTokens KV cells; {@link EngineSpec#contextTokens} may be 0, so it is asked for here
     */
    public long workingBytes(EngineSpec spec, long contextTokens) {
        long floats = own("embedding_length", 0) * 8 + own("feed_forward_length", 0) * 3
                + own("attention.head_count", 0) * contextTokens;
        return contextTokens * kvBytesPerToken(spec.kvType())
                + Float.BYTES * (2L * spec.allSlots() * vocabulary() + spec.maxStepTokens() * floats);
    }

    /** A number of this architecture; of an array, the greatest element. */
    long own(String key, long otherwise) {
        return number(architecture() + "." + key, otherwise);
    }

    private long number(String key, long otherwise) {
        return switch (metadata.get(key)) {
            case Long value -> value;
            case long[] values -> Arrays.stream(values).max().orElse(otherwise);
            case null, default -> otherwise;
        };
    }
}
