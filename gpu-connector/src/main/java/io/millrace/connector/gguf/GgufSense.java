package io.millrace.connector.gguf;

import java.util.HashSet;
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
