package io.millrace.pilot;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;

/**
 * The decoder's numbers by their GGUF names, without the suffix {@code .weight}. A matrix is stored row after row, one
 * row for each of its outputs, as GGUF wants it. Mutable; owned by the thread that trains.
 */
final class Weights {

    /** @param columns inputs; the length of a vector */
    record Tensor(int rows, int columns, float[] values) {}

    private final Map<String, Tensor> tensors = new LinkedHashMap<>();
    private final Shape shape;
    private final Random random;

    private Weights(Shape shape, Random random) {
        this.shape = shape;
        this.random = random;
    }

    /** Normal numbers, the ones that add to the residual stream smaller the more layers there are. */
    static Weights random(Shape shape, long seed) {
        Weights weights = new Weights(shape, new Random(seed));
        int width = shape.width();
        int shared = shape.headSize() * shape.sharedHeads();
        double usual = 1 / Math.sqrt(width);
        double adding = usual / Math.sqrt(2.0 * shape.layers());
        weights.normal("token_embd", shape.vocabulary(), width, 0.02);
        for (int layer = 0; layer < shape.layers(); layer++) {
            String block = "blk." + layer + ".";
            weights.ones(block + "attn_norm");
            weights.normal(block + "attn_q", width, width, usual);
            weights.normal(block + "attn_k", shared, width, usual);
            weights.normal(block + "attn_v", shared, width, usual);
            weights.normal(block + "attn_output", width, width, adding);
            weights.ones(block + "ffn_norm");
            weights.normal(block + "ffn_gate", shape.feedForward(), width, usual);
            weights.normal(block + "ffn_up", shape.feedForward(), width, usual);
            weights.normal(block + "ffn_down", width, shape.feedForward(), adding);
        }
        weights.ones("output_norm");
        return weights;
    }

    private void normal(String name, int rows, int columns, double deviation) {
        float[] values = new float[rows * columns];
        for (int i = 0; i < values.length; i++) {
            values[i] = (float) (random.nextGaussian() * deviation);
        }
        tensors.put(name, new Tensor(rows, columns, values));
    }

    private void ones(String name) {
        float[] values = new float[shape.width()];
        Arrays.fill(values, 1);
        tensors.put(name, new Tensor(1, values.length, values));
    }

    Shape shape() {
        return shape;
    }

    /** In the order of the layers; the arrays are the weights themselves. */
    Map<String, Tensor> tensors() {
        return tensors;
    }

    long count() {
        return tensors.values().stream().mapToLong(tensor -> tensor.values.length).sum();
    }
}
