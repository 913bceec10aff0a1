package io.millrace.pilot;

import io.millrace.connector.gguf.GgufWriter;
import io.millrace.connector.gguf.TensorType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;

/** The trained weights as a GGUF file that llama.cpp reads. */
final class PilotFile {

    private static final int TYPE_NORMAL = 1;
    private static final int TYPE_CONTROL = 3;

    private final Weights weights;
    private final BytePairs vocabulary;
    private final GgufWriter out = new GgufWriter();

    PilotFile(Weights weights, BytePairs vocabulary) {
        this.weights = weights;
        this.vocabulary = vocabulary;
    }

    /** @param type of the matrices, F16 or F32; the norms' vectors stay F32 */
    void write(Path file, TensorType type) throws IOException {
        out.put("general.architecture", "llama").put("general.name", "millrace-pilot")
                .put("general.author", "The Millrace authors").put("general.license", "apache-2.0")
                .put("general.description", "A demonstration model that knows one subject, Millrace")
                .put("general.file_type", type == TensorType.F16 ? 1 : 0);
        shape();
        vocabulary();
        weights.tensors().forEach((name, tensor) -> {
            if (tensor.rows() == 1) {
                out.tensor(name + ".weight", TensorType.F32, data(tensor, TensorType.F32), tensor.columns());
            } else {
                out.tensor(name + ".weight", type, data(tensor, type), tensor.columns(), tensor.rows());
            }
        });
        out.write(file);
    }

    private void shape() {
        Shape shape = weights.shape();
        out.put("llama.context_length", shape.context()).put("llama.embedding_length", shape.width())
                .put("llama.block_count", shape.layers()).put("llama.feed_forward_length", shape.feedForward())
                .put("llama.attention.head_count", shape.heads())
                .put("llama.attention.head_count_kv", shape.sharedHeads())
                .put("llama.attention.layer_norm_rms_epsilon", Shape.NORM_EPSILON)
                .put("llama.rope.dimension_count", shape.headSize()).put("llama.rope.freq_base", Shape.ROPE_BASE)
                .put("llama.vocab_size", shape.vocabulary());
    }

    private void vocabulary() {
        int[] types = new int[vocabulary.size()];
        Arrays.fill(types, TYPE_NORMAL);
        Arrays.fill(types, types.length - BytePairs.MARKERS.size(), types.length, TYPE_CONTROL);
        int end = vocabulary.marker("<|endoftext|>");
        out.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", "gpt-2")
                .put("tokenizer.ggml.tokens", vocabulary.written()).put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", vocabulary.writtenMerges())
                .put("tokenizer.ggml.bos_token_id", end).put("tokenizer.ggml.padding_token_id", end)
                .put("tokenizer.ggml.eos_token_id", vocabulary.marker("<|im_end|>"))
                .put("tokenizer.ggml.add_bos_token", false).put("tokenizer.chat_template", Lessons.TEMPLATE);
    }

    private static GgufWriter.Data data(Weights.Tensor tensor, TensorType type) {
        return (stream, bytes) -> {
            ByteBuffer buffer = ByteBuffer.allocate((int) bytes).order(ByteOrder.LITTLE_ENDIAN);
            for (float value : tensor.values()) {
                if (type == TensorType.F16) {
                    buffer.putShort(Float.floatToFloat16(value));
                } else {
                    buffer.putFloat(value);
                }
            }
            stream.write(buffer.array());
        };
    }
}
