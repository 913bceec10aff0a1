package io.millrace.pilot;

import ai.djl.engine.Engine;
import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.NDManager;
import ai.djl.ndarray.types.DataType;
import ai.djl.ndarray.types.SparseFormat;
import ai.djl.nn.Activation;
import ai.djl.nn.core.Embedding;
import ai.djl.training.GradientCollector;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The arithmetic of llama.cpp's {@code llama} architecture, forwards by hand and backwards by PyTorch's autograd: RMS
 * norm, rotary positions on neighbouring pairs (which is how GGUF wants queries and keys, so nothing is permuted at
 * export), grouped-query attention, SwiGLU, output weights shared with the input's. Used by one thread.
 */
final class Decoder {

    private static final float MASKED = -1e9f;

    private final Weights weights;
    private final Shape shape;
    private final NDManager root = NDManager.newBaseManager();

    Decoder(Weights weights) {
        this.weights = weights;
        this.shape = weights.shape();
    }

    /** Mean loss of a batch, and the gradient of each tensor. */
    record Result(float loss, Map<String, float[]> gradients) {}

    /** One step's work: the loss over the batch's targets and its gradients. */
    Result learn(Batch batch) {
        try (NDManager manager = root.newSubManager()) {
            Pass pass = new Pass(manager, true);
            try (GradientCollector collector = Engine.getInstance().newGradientCollector()) {
                NDArray loss = pass.loss(batch);
                collector.backward(loss);
                Map<String, float[]> gradients = new LinkedHashMap<>();
                pass.arrays.forEach((name, array) -> gradients.put(name, array.getGradient().toFloatArray()));
                return new Result(loss.getFloat(), gradients);
            }
        }
    }

    /** Logits after the last of {@code tokens}: one number for each token of the vocabulary. */
    float[] logits(int[] tokens) {
        try (NDManager manager = root.newSubManager()) {
            Pass pass = new Pass(manager, false);
            NDArray hidden = pass.hidden(tokens, 1, tokens.length);
            return pass.logits(pass.rows(hidden, new int[] {tokens.length - 1})).toFloatArray();
        }
    }

    /** One pass over the layers, with the weights as PyTorch's arrays. */
    private final class Pass {
        private final NDManager manager;
        private final Map<String, NDArray> arrays = new HashMap<>();
        private NDArray cosine;
        private NDArray sine;
        private NDArray turn;
        private NDArray mask;

        Pass(NDManager manager, boolean learning) {
            this.manager = manager;
            weights.tensors().forEach((name, tensor) -> {
                ai.djl.ndarray.types.Shape size = tensor.rows() == 1 ? new ai.djl.ndarray.types.Shape(tensor.columns())
                        : new ai.djl.ndarray.types.Shape(tensor.rows(), tensor.columns());
                NDArray array = manager.create(tensor.values(), size);
                array.setRequiresGradient(learning);
                arrays.put(name, array);
            });
        }

        NDArray loss(Batch batch) {
            NDArray hidden = hidden(batch.tokens(), batch.rows(), batch.columns());
            NDArray logits = logits(rows(hidden, batch.positions()));
            NDArray targets = manager.create(batch.targets()).toType(DataType.INT64, false).reshape(-1, 1);
            return logits.logSoftmax(-1).gather(targets, 1).mean().neg();
        }

        NDArray logits(NDArray hidden) {
            return hidden.matMul(arrays.get("token_embd").transpose());
        }

        /** Some rows of a matrix. */
        NDArray rows(NDArray matrix, int[] which) {
            return Embedding.embedding(manager.create(which), matrix, SparseFormat.DENSE).singletonOrThrow();
        }

        /** The normalised residual stream after the last layer: one row for each token. */
        NDArray hidden(int[] tokens, int rows, int columns) {
            positions(columns);
            NDArray x = rows(arrays.get("token_embd"), tokens);
            for (int layer = 0; layer < shape.layers(); layer++) {
                String block = "blk." + layer + ".";
                x = x.add(attention(norm(x, block + "attn_norm"), block, rows, columns));
                x = x.add(feedForward(norm(x, block + "ffn_norm"), block));
            }
            return norm(x, "output_norm");
        }

        private void positions(int columns) {
            int head = shape.headSize();
            float[] cosines = new float[columns * head];
            float[] sines = new float[columns * head];
            for (int at = 0; at < cosines.length; at++) {
                double angle = at / head * Math.pow(Shape.ROPE_BASE, -(at % head / 2 * 2.0) / head);
                cosines[at] = (float) Math.cos(angle);
                sines[at] = (float) Math.sin(angle);
            }
            float[] turns = new float[head * head];
            for (int i = 0; i < head; i += 2) {
                turns[(i + 1) * head + i] = -1;
                turns[i * head + i + 1] = 1;
            }
            float[] hides = new float[shape.groupSize() * columns * columns];
            for (int row = 0; row < shape.groupSize() * columns; row++) {
                Arrays.fill(hides, row * columns + row % columns + 1, (row + 1) * columns, MASKED);
            }
            cosine = manager.create(cosines, new ai.djl.ndarray.types.Shape(columns, head));
            sine = manager.create(sines, new ai.djl.ndarray.types.Shape(columns, head));
            turn = manager.create(turns, new ai.djl.ndarray.types.Shape(head, head));
            mask = manager.create(hides, new ai.djl.ndarray.types.Shape((long) shape.groupSize() * columns, columns));
        }

        private NDArray norm(NDArray x, String name) {
            NDArray size = x.mul(x).mean(new int[] {-1}, true).add(Shape.NORM_EPSILON).sqrt();
            return x.div(size).mul(arrays.get(name));
        }

        private NDArray linear(NDArray x, String name) {
            return x.matMul(arrays.get(name).transpose());
        }

        /** Each group of query heads lies one after the other along the positions, before its shared key head. */
        private NDArray attention(NDArray x, String block, int rows, int columns) {
            int head = shape.headSize();
            int shared = shape.sharedHeads();
            NDArray q = rotated(heads(linear(x, block + "attn_q"), rows, columns, shape.heads()))
                    .reshape(rows, shared, (long) shape.groupSize() * columns, head);
            NDArray k = rotated(heads(linear(x, block + "attn_k"), rows, columns, shared));
            NDArray v = heads(linear(x, block + "attn_v"), rows, columns, shared);
            NDArray scores = q.matMul(k.transpose(0, 1, 3, 2)).mul(1 / (float) Math.sqrt(head)).add(mask);
            NDArray mixed = scores.softmax(-1).matMul(v).reshape(rows, shape.heads(), columns, head)
                    .transpose(0, 2, 1, 3).reshape((long) rows * columns, shape.width());
            return linear(mixed, block + "attn_output");
        }

        private NDArray heads(NDArray x, int rows, int columns, int heads) {
            return x.reshape(rows, columns, heads, shape.headSize()).transpose(0, 2, 1, 3);
        }

        private NDArray rotated(NDArray x) {
            return x.mul(cosine).add(x.matMul(turn).mul(sine));
        }

        private NDArray feedForward(NDArray x, String block) {
            NDArray gate = Activation.swish(linear(x, block + "ffn_gate"), 1);
            return linear(gate.mul(linear(x, block + "ffn_up")), block + "ffn_down");
        }
    }
}
