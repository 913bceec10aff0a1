package io.millrace.connector.gguf;

import java.io.IOException;
import java.nio.file.Path;
import java.util.Locale;

/**
 * Models of random weights: they load, tokenise, cache and compute like trained ones of their shape and say nothing
 * sensible. For tests, benchmarks, and for a first start without a download.
 *
 * <p>The same shape, quantisation and seed give the same bytes.
 */
public final class SeedModel {

    /** What a model looks like. All but {@link #QWEN2_HALF_BILLION} take a moment to write and to run. */
    public enum Shape {
        LLAMA_TINY("llama-tiny", "llama", "gpt-2", 512, 64, 2, 2, 1, 128, 2048),
        QWEN2_TINY("qwen2-tiny", "qwen2", "qwen2", 512, 64, 2, 2, 1, 128, 2048),
        QWEN3_TINY("qwen3-tiny", "qwen3", "qwen2", 512, 64, 2, 2, 1, 128, 2048),
        /** MLA attention and a mixture of experts, as in DeepSeek V2 and V3. */
        DEEPSEEK2_TINY("deepseek2-tiny", "deepseek2", "deepseek-v3", 512, 128, 3, 4, 1, 256, 2048),
        /** Shape and vocabulary size of Qwen2-0.5B. */
        QWEN2_HALF_BILLION("qwen2-0.5b", "qwen2", "qwen2", 151_936, 896, 24, 14, 2, 4864, 32_768);

        final String label;
        final String architecture;
        final String split;
        final int vocabulary;
        final int width;
        final int layers;
        final int heads;
        final int sharedHeads;
        final int feedForward;
        final int context;

        Shape(String label, String architecture, String split, int vocabulary, int width, int layers, int heads,
              int sharedHeads, int feedForward, int context) {
            this.label = label;
            this.architecture = architecture;
            this.split = split;
            this.vocabulary = vocabulary;
            this.width = width;
            this.layers = layers;
            this.heads = heads;
            this.sharedHeads = sharedHeads;
            this.feedForward = feedForward;
            this.context = context;
        }

        /** @throws IllegalArgumentException for an unknown name; the message lists the known ones */
        public static Shape named(String label) {
            StringBuilder known = new StringBuilder();
            for (Shape shape : values()) {
                if (shape.label.equals(label)) {
                    return shape;
                }
                known.append(' ').append(shape.label);
            }
            throw new IllegalArgumentException("no shape " + label + "; there are" + known);
        }

        int headSize() {
            return width / heads;
        }
    }

    private final Shape shape;
    private final TensorType quant;
    private final RandomWeights random;
    private final GgufWriter out = new GgufWriter();

    private SeedModel(Shape shape, TensorType quant, long seed) {
        this.shape = shape;
        this.quant = quant;
        this.random = new RandomWeights(seed);
    }

    /** {@code SeedModel <file> <shape> <F32|F16|Q8_0|Q4_0> <seed>} */
    public static void main(String[] arguments) throws IOException {
        if (arguments.length != 4) {
            throw new IllegalArgumentException("usage: SeedModel <file> <shape> <F32|F16|Q8_0|Q4_0> <seed>");
        }
        write(Path.of(arguments[0]), arguments[1], arguments[2], Long.parseLong(arguments[3]));
    }

    /**
     * Writes a model, replacing what is there.
     *
     * @param shape label of a {@link Shape}
     * @param quant F32, F16, Q8_0 or Q4_0, in any case of letters
     */
    public static void write(Path path, String shape, String quant, long seed) throws IOException {
        TensorType type = TensorType.valueOf(quant.toUpperCase(Locale.ROOT));
        new SeedModel(Shape.named(shape), type, seed).write(path);
    }

    private void write(Path path) throws IOException {
        out.put("general.architecture", shape.architecture).put("general.name", shape.label + " (random weights)")
                .put("general.file_type", switch (quant) {
                    case F32 -> 0;
                    case F16 -> 1;
                    case Q4_0 -> 2;
                    case Q8_0 -> 7;
                    default -> throw new IllegalArgumentException("can't write " + quant);
                });
        own("context_length", shape.context);
        own("embedding_length", shape.width);
        own("block_count", shape.layers);
        own("feed_forward_length", shape.feedForward);
        own("attention.head_count", shape.heads);
        own("attention.head_count_kv", shape.sharedHeads);
        out.put(shape.architecture + ".attention.layer_norm_rms_epsilon", 1e-6f);
        out.put(shape.architecture + ".rope.freq_base", 1e6f);
        boolean deepseek = shape == Shape.DEEPSEEK2_TINY;
        boolean marker = deepseek || shape == Shape.LLAMA_TINY;
        new SeedVocabulary(shape.vocabulary).writeTo(out, shape.split, marker);
        embeddings();
        if (deepseek) {
            new DeepseekLayers().add();
        } else {
            plainLayers();
        }
        out.write(path);
    }

    /**
     * The half billion shares input and output embeddings, as Qwen2-0.5B does. The tiny ones don't: with so few layers
     * each token would predict itself.
     */
    private void embeddings() {
        boolean shared = shape == Shape.QWEN2_HALF_BILLION;
        out.tensor("token_embd.weight", quant, random.normal(quant, shared ? 0.08 : 0.5), shape.width,
                shape.vocabulary);
        ones("output_norm", shape.width);
        if (!shared) {
            out.tensor("output.weight", quant, random.normal(quant, 3 / Math.sqrt(shape.width)), shape.width,
                    shape.vocabulary);
        }
    }

    private void plainLayers() {
        int head = shape.headSize();
        if (shape.architecture.equals("llama")) {
            own("rope.dimension_count", head);
            own("vocab_size", shape.vocabulary);
        }
        if (shape.architecture.equals("qwen3")) {
            own("attention.key_length", head);
            own("attention.value_length", head);
        }
        for (int layer = 0; layer < shape.layers; layer++) {
            attention("blk." + layer + ".", head);
            feedForward("blk." + layer + ".");
        }
    }

    private void attention(String block, int head) {
        ones(block + "attn_norm", shape.width);
        String[] names = {"q", "k", "v"};
        int[] rows = {shape.width, head * shape.sharedHeads, head * shape.sharedHeads};
        for (int i = 0; i < names.length; i++) {
            matrix(block + "attn_" + names[i], shape.width, rows[i]);
            if (shape.architecture.equals("qwen2")) {
                out.tensor(block + "attn_" + names[i] + ".bias", TensorType.F32,
                        random.normal(TensorType.F32, 1 / Math.sqrt(rows[i])), rows[i]);
            }
        }
        if (shape.architecture.equals("qwen3")) {
            ones(block + "attn_q_norm", head);
            ones(block + "attn_k_norm", head);
        }
        matrix(block + "attn_output", shape.width, shape.width);
    }

    private void feedForward(String block) {
        ones(block + "ffn_norm", shape.width);
        matrix(block + "ffn_gate", shape.width, shape.feedForward);
        matrix(block + "ffn_up", shape.width, shape.feedForward);
        matrix(block + "ffn_down", shape.feedForward, shape.width);
    }

    /** Queries and keys through low ranks, and from the second layer on eight experts of which two compute. */
    private final class DeepseekLayers {
        private static final int QUERY_RANK = 64;
        private static final int KV_RANK = 64;
        private static final int PLAIN_HEAD = 32;
        private static final int ROPE_HEAD = 32;
        private static final int VALUE_HEAD = 32;
        private static final int EXPERTS = 8;
        private static final int EXPERT_WIDTH = 64;

        void add() {
            parameters();
            for (int layer = 0; layer < shape.layers; layer++) {
                String block = "blk." + layer + ".";
                attention(block);
                if (layer == 0) {
                    feedForward(block);
                } else {
                    experts(block);
                }
            }
        }

        private void parameters() {
            own("vocab_size", shape.vocabulary);
            own("leading_dense_block_count", 1);
            own("expert_feed_forward_length", EXPERT_WIDTH);
            own("expert_count", EXPERTS);
            own("expert_used_count", 2);
            own("expert_shared_count", 1);
            own("expert_gating_func", 2);
            out.put("deepseek2.expert_weights_scale", 2.5f).put("deepseek2.expert_weights_norm", true);
            out.put("deepseek2.rope.scaling.yarn_log_multiplier", 0.1f);
            own("attention.q_lora_rank", QUERY_RANK);
            own("attention.kv_lora_rank", KV_RANK);
            own("rope.dimension_count", ROPE_HEAD);
            own("attention.key_length", KV_RANK + ROPE_HEAD);
            own("attention.value_length", KV_RANK);
            own("attention.key_length_mla", PLAIN_HEAD + ROPE_HEAD);
            own("attention.value_length_mla", VALUE_HEAD);
        }

        private void attention(String block) {
            ones(block + "attn_norm", shape.width);
            ones(block + "attn_q_a_norm", QUERY_RANK);
            ones(block + "attn_kv_a_norm", KV_RANK);
            matrix(block + "attn_q_a", shape.width, QUERY_RANK);
            matrix(block + "attn_q_b", QUERY_RANK, (long) shape.heads * (PLAIN_HEAD + ROPE_HEAD));
            matrix(block + "attn_kv_a_mqa", shape.width, KV_RANK + ROPE_HEAD);
            matrix(block + "attn_k_b", PLAIN_HEAD, KV_RANK, shape.heads);
            matrix(block + "attn_v_b", KV_RANK, VALUE_HEAD, shape.heads);
            matrix(block + "attn_output", (long) shape.heads * VALUE_HEAD, shape.width);
        }

        private void experts(String block) {
            ones(block + "ffn_norm", shape.width);
            out.tensor(block + "ffn_gate_inp.weight", TensorType.F32,
                    random.normal(TensorType.F32, 1 / Math.sqrt(shape.width)), shape.width, EXPERTS);
            out.tensor(block + "exp_probs_b.bias", TensorType.F32, RandomWeights.constant(0), EXPERTS);
            matrix(block + "ffn_gate_exps", shape.width, EXPERT_WIDTH, EXPERTS);
            matrix(block + "ffn_up_exps", shape.width, EXPERT_WIDTH, EXPERTS);
            matrix(block + "ffn_down_exps", EXPERT_WIDTH, shape.width, EXPERTS);
            matrix(block + "ffn_gate_shexp", shape.width, EXPERT_WIDTH);
            matrix(block + "ffn_up_shexp", shape.width, EXPERT_WIDTH);
            matrix(block + "ffn_down_shexp", EXPERT_WIDTH, shape.width);
        }
    }

    private void own(String key, int value) {
        out.put(shape.architecture + "." + key, value);
    }

    /** Weights that keep the scale of what passes through them. */
    private void matrix(String name, long... dimensions) {
        out.tensor(name + ".weight", quant, random.normal(quant, 1 / Math.sqrt(dimensions[0])), dimensions);
    }

    private void ones(String name, long length) {
        out.tensor(name + ".weight", TensorType.F32, RandomWeights.constant(1), length);
    }
}
