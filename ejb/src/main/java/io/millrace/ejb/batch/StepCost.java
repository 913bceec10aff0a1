package io.millrace.ejb.batch;

/**
 * What a step takes, learnt from the steps that were: {@code base + decode · answers + prefill · prompt tokens}, fitted by
 * least squares in which old steps fade. Pure; owned by the batch thread. O(1).
 */
final class StepCost {

    /** A step counts half as much after this many others. */
    private static final double HALF_LIFE = 200;
    private static final double FADE = Math.pow(0.5, 1 / HALF_LIFE);
    private static final int LEAST_STEPS = 8;
    /** Pulls a parameter that the steps say nothing about towards zero. */
    private static final double RIDGE = 1e-3;

    private final double[][] squares = new double[3][3];
    private final double[] products = new double[3];
    private final double[] fitted = new double[3];
    private int steps;

    /** A step took {@code nanos}. */
    void observe(int decodes, int prefills, long nanos) {
        double[] x = {1, decodes, prefills};
        for (int i = 0; i < 3; i++) {
            for (int j = 0; j < 3; j++) {
                squares[i][j] = FADE * squares[i][j] + x[i] * x[j];
            }
            products[i] = FADE * products[i] + x[i] * nanos;
        }
        steps++;
        fit();
    }

    /** Whether enough steps were seen to say anything. */
    boolean known() {
        return steps >= LEAST_STEPS && fitted[2] > 0;
    }

    /** How long a step will probably take, nanoseconds. */
    double nanos(int decodes, int prefills) {
        return Math.max(0, fitted[0]) + fitted[1] * decodes + fitted[2] * prefills;
    }

    /** What a prompt token adds to a step, nanoseconds. */
    double prefillNanos() {
        return fitted[2];
    }

    /** Prompt tokens for which there is time in a step of {@code nanos}; may be negative. */
    double prefillsIn(double nanos, int decodes) {
        return (nanos - nanos(decodes, 0)) / fitted[2];
    }

    /** Gaussian elimination; the matrix is positive definite through the ridge. */
    private void fit() {
        double[][] a = new double[3][4];
        for (int i = 0; i < 3; i++) {
            System.arraycopy(squares[i], 0, a[i], 0, 3);
            a[i][i] += RIDGE * (1 + squares[i][i]);
            a[i][3] = products[i];
        }
        for (int i = 0; i < 3; i++) {
            for (int row = i + 1; row < 3; row++) {
                double factor = a[row][i] / a[i][i];
                for (int column = i; column < 4; column++) {
                    a[row][column] -= factor * a[i][column];
                }
            }
        }
        for (int i = 2; i >= 0; i--) {
            double rest = a[i][3];
            for (int j = i + 1; j < 3; j++) {
                rest -= a[i][j] * fitted[j];
            }
            fitted[i] = rest / a[i][i];
        }
    }
}
