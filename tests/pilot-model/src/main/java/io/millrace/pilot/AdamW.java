package io.millrace.pilot;

import java.util.LinkedHashMap;
import java.util.Map;

/** The optimiser: Adam with decoupled weight decay (Loshchilov and Hutter, 2019), after clipping the gradient's norm. */
final class AdamW {

    private static final float BETA_1 = 0.9f;
    private static final float BETA_2 = 0.98f;
    private static final float EPSILON = 1e-8f;
    private static final float DECAY = 0.05f;
    private static final double GREATEST_NORM = 1;

    /** Running means of gradients and of their squares. */
    record Moments(float[] first, float[] second) {}

    private final Weights weights;
    private final Map<String, Moments> moments = new LinkedHashMap<>();

    AdamW(Weights weights) {
        this.weights = weights;
        weights.tensors().forEach((name, tensor) -> moments.put(name,
                new Moments(new float[tensor.values().length], new float[tensor.values().length])));
    }

    Map<String, Moments> moments() {
        return moments;
    }

    /**
     * @param gradients by tensor name
     * @param rate      learning rate
     * @param step      counts from 1
     */
    void apply(Map<String, float[]> gradients, double rate, int step) {
        float clip = (float) Math.min(1, GREATEST_NORM / norm(gradients));
        float first = (float) (rate / (1 - Math.pow(BETA_1, step)));
        float second = (float) (1 / (1 - Math.pow(BETA_2, step)));
        gradients.forEach((name, gradient) -> {
            Weights.Tensor tensor = weights.tensors().get(name);
            float keep = tensor.rows() > 1 ? (float) (1 - rate * DECAY) : 1;
            apply(tensor.values(), gradient, moments.get(name), clip, first, second, keep);
        });
    }

    private static void apply(float[] values, float[] gradient, Moments moments, float clip, float first, float second,
                              float keep) {
        float[] mean = moments.first;
        float[] square = moments.second;
        for (int i = 0; i < values.length; i++) {
            float g = gradient[i] * clip;
            mean[i] = BETA_1 * mean[i] + (1 - BETA_1) * g;
            square[i] = BETA_2 * square[i] + (1 - BETA_2) * g * g;
            values[i] = keep * values[i] - first * mean[i] / ((float) Math.sqrt(square[i] * second) + EPSILON);
        }
    }

    private static double norm(Map<String, float[]> gradients) {
        double sum = 0;
        for (float[] gradient : gradients.values()) {
            float part = 0;
            for (float g : gradient) {
                part += g * g;
            }
            sum += part;
        }
        return Math.sqrt(sum) + 1e-12;
    }
}
