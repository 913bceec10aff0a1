package io.millrace.connector.gguf;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * Whether a header that could be read makes sense: what llama.cpp would divide by, allocate by or read beyond the end
 * of the file for.
 */
final class GgufSense {

    /** Beyond any model there is, and far below what overflows in C. */
    private static final long GREATEST_DIMENSION = 1L << 31;
    private static final long MOST_LAYERS = 512;
    private static final long LARGEST_WIDTH = 1 << 20;

    /** {@code llama_expert_gating_func_type}. */
    private static final long LAST_GATING_FUNCTION = 4;

    private GgufSense() {}

    static void check(GgufFile file, long alignment) throws GgufDamage {
        Set<String> names = new HashSet<>();
        for (GgufFile.Tensor tensor : file.tensors()) {
            String name = GgufHeader.printable(tensor.name());
            require(names.add(tensor.name()), "the tensor " + name + " occurs twice");
            shape(tensor, name);
            require(tensor.offset() >= 0 && tensor.offset() % alignment == 0,
                    "the data of " + name + " begins at " + tensor.offset() + ", off the alignment of " + alignment);
            long room = file.fileBytes() - file.dataStart() - tensor.offset();
            require(room >= tensor.bytes(), "the data of " + name + " ends " + (tensor.bytes() - room)
                    + " bytes after the end of the file: the download was cut off");
        }
        if (!file.tensors().isEmpty()) {
            parameters(file);
        }
    }

    private static void shape(GgufFile.Tensor tensor, String name) throws GgufDamage {
        long numbers = 1;
        for (long dimension : tensor.shape()) {
            require(dimension > 0 && dimension < GREATEST_DIMENSION && numbers < Long.MAX_VALUE / 64 / dimension,
                    name + " has a dimension of " + dimension);
            numbers *= dimension;
        }
        require(tensor.shape()[0] % tensor.type().blockLength() == 0, name + " has rows of " + tensor.shape()[0]
                + " numbers, which are no whole blocks of " + tensor.type());
    }

    private static void parameters(GgufFile file) throws GgufDamage {
        require(!file.architecture().isEmpty(), "it names no general.architecture");
        within(file, "block_count", 1, MOST_LAYERS);
        within(file, "embedding_length", 1, LARGEST_WIDTH);
        within(file, "context_length", 1, Integer.MAX_VALUE);
        optional(file, "feed_forward_length", LARGEST_WIDTH);
        optional(file, "attention.head_count", LARGEST_WIDTH);
        optional(file, "attention.head_count_kv", LARGEST_WIDTH);
        optional(file, "attention.key_length", LARGEST_WIDTH);
        optional(file, "attention.value_length", LARGEST_WIDTH);
        optional(file, "rope.dimension_count", LARGEST_WIDTH);
        long heads = file.own("attention.head_count", 0);
        long sharedHeads = file.own("attention.head_count_kv", heads);
        require(heads == 0 || sharedHeads <= heads && sharedHeads > 0 && heads % sharedHeads == 0,
                heads + " attention heads can't share " + sharedHeads + " heads of keys");
        experts(file);
        floats(file);
        if (file.architecture().equals("deepseek2")) {
            latentAttention(file);
        }
    }

    private static void experts(GgufFile file) throws GgufDamage {
        long experts = file.own("expert_count", 0);
        long used = file.own("expert_used_count", 0);
        require(experts >= 0 && experts <= LARGEST_WIDTH && used <= experts && (used > 0 || experts == 0),
                "it uses " + used + " of " + experts + " experts");
        long gating = file.own("expert_gating_func", 0);
        require(gating >= 0 && gating <= LAST_GATING_FUNCTION, "its experts' gating function is " + gating);
    }

    private static void floats(GgufFile file) throws GgufDamage {
        for (Map.Entry<String, Object> entry : file.metadata().entrySet()) {
            if (entry.getValue() instanceof Double value) {
                boolean epsilon = entry.getKey().endsWith("epsilon");
                require(Double.isFinite(value) && !(epsilon && (value < 0 || value > 1)),
                        GgufHeader.printable(entry.getKey()) + " is " + value);
            }
        }
    }

    /** Multi-head latent attention: a head is one part with position and one without. */
    private static void latentAttention(GgufFile file) throws GgufDamage {
        long keys = file.own("attention.key_length", 0);
        long positioned = file.own("rope.dimension_count", keys);
        long whole = file.own("attention.key_length_mla", keys);
        require(positioned > 0 && whole > positioned, "of the " + whole + " numbers of a key, " + positioned
                + " carry the position");
        long rank = file.own("attention.kv_lora_rank", 0);
        require(rank > 0, "deepseek2.attention.kv_lora_rank is " + rank);
        if (file.own("attention.key_length_mla", 0) > 0) {
            require(keys == rank + positioned && file.own("attention.value_length", 0) == rank
                    && file.own("attention.value_length_mla", 0) > 0 && file.own("attention.head_count_kv", 0) == 1,
                    "its keys and values don't have the lengths that follow from a KV rank of " + rank);
        }
    }

    private static void within(GgufFile file, String key, long least, long most) throws GgufDamage {
        long value = file.own(key, 0);
        require(value >= least && value <= most, file.architecture() + "." + key + " is " + value);
    }

    private static void optional(GgufFile file, String key, long most) throws GgufDamage {
        long value = file.own(key, 1);
        require(value >= 0 && value <= most, file.architecture() + "." + key + " is " + value);
    }

    private static void require(boolean holds, String otherwise) throws GgufDamage {
        if (!holds) {
            throw new GgufDamage(otherwise);
        }
    }
}
