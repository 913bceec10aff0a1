package io.millrace.ejb.batch;

import java.util.Arrays;

/**
 * What a step takes, learnt from the steps that were: a base, and something for each answer, each prompt token and each token
 * that these look at, prompts in whole tiles apart from those in less; fitted by least squares in which old steps fade; none of
 * it less than nothing. Pure; owned by the batch thread. O(1).
 */
final class StepCost {

    /** A step counts half as much after this many others. */
    private static final double HALF_LIFE = 200;
    private static final double FADE = Math.pow(0.5, 1 / HALF_LIFE);
    private static final int LEAST_STEPS = 8;
    /** Pulls a parameter that the steps say nothing about towards zero. */
    private static final double RIDGE = 1e-3;
    private static final int PREFILL = 2;
    private static final int ROW_LOOK = 3;
    private static final int TILE_LOOK = 4;
    private static final int DECODE_LOOK = 5;
    private static final int TERMS = 6;
    /** What looks row by row must have weighed in the fit beside those in tiles to be believed. */
    private static final double LEAST_WEIGHT = 0.01;

    private final double[][] squares = new double[TERMS][TERMS];
    private final double[] products = new double[TERMS];
    private double[] fitted = new double[TERMS];
    private int steps;
    /** Of these, those that looked row by row, as far as they count. */
    private double rowSteps;

    private static double[] terms(StepLoad load) {
        double looks = load.prefillLooks();
        return new double[] {1, load.decodes(), load.prefills(), load.tiled() ? 0 : looks, load.tiled() ? looks : 0, load.decodeLooks()};
    }

    /** A step took {@code nanos}. */
    void observe(StepLoad load, long nanos) {
        double[] x = terms(load);
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < TERMS; j++) {
                squares[i][j] = FADE * squares[i][j] + x[i] * x[j];
            }
            products[i] = FADE * products[i] + x[i] * nanos;
        }
        rowSteps = FADE * rowSteps + (x[ROW_LOOK] > 0 ? 1 : 0);
        steps++;
        fit();
    }

    /** Whether enough steps were seen to say anything. */
    boolean known() {
        return steps >= LEAST_STEPS && fitted[PREFILL] > 0;
    }

    /** How long a step will probably take, nanoseconds. */
    double nanos(StepLoad load) {
        return nanos(load, load.tiled());
    }

    private double nanos(StepLoad load, boolean tiled) {
        return fitted[0] + fitted[1] * load.decodes() + fitted[PREFILL] * load.prefills() + look(tiled) * load.prefillLooks()
                + fitted[DECODE_LOOK] * load.decodeLooks();
    }

    /** A prompt token's look at another. Of those row by row it is only known that they cost no less, before enough of them were seen. */
    private double look(boolean tiled) {
        boolean seen = rowSteps >= LEAST_STEPS && squares[ROW_LOOK][ROW_LOOK] >= LEAST_WEIGHT * squares[TILE_LOOK][TILE_LOOK];
        return seen || tiled ? fitted[tiled ? TILE_LOOK : ROW_LOOK] : Math.max(fitted[ROW_LOOK], fitted[TILE_LOOK]);
    }

    /** What the tokens of a prompt from one place to another add to steps, nanoseconds. */
    double prefillNanos(int from, int to) {
        return nanos(StepLoad.NONE.withPrefill(from, to - from)) - fitted[0];
    }

    /**
     * How many tokens of a prompt after its first {@code place} a step of this load may have besides, to take so long in all; may be
     * negative. Once {@link #known}.
     */
    double prefillsIn(double nanos, StepLoad load, int place) {
        double inTiles = prefillsIn(nanos - nanos(load, true), place, look(true));
        double more = StepLoad.TILE - load.decodes() - load.prefills();
        return inTiles >= more ? inTiles : Math.min(prefillsIn(nanos - nanos(load, false), place, look(false)), more - 1);
    }

    private double prefillsIn(double nanos, int place, double look) {
        double first = fitted[PREFILL] + look * place;
        // nanos = first * n + look / 2 * n^2, in the form that holds where a look costs nothing
        return 2 * nanos / (first + Math.sqrt(Math.max(0, first * first + 2 * look * nanos)));
    }

    /** Without the terms that would be less than nothing, one after the other. */
    private void fit() {
        boolean[] left = new boolean[TERMS];
        Arrays.fill(left, true);
        for (int worst = 0; worst >= 0;) {
            fitted = solve(left);
            worst = -1;
            for (int i = 0; i < TERMS; i++) {
                worst = fitted[i] < 0 && (worst < 0 || share(i) < share(worst)) ? i : worst;
            }
            if (worst >= 0) {
                left[worst] = false;
            }
        }
    }

    /** What a term adds to the steps that were, on average; its own number says nothing beside those of other units. */
    private double share(int term) {
        return fitted[term] * Math.sqrt(squares[term][term]);
    }

    /** Gaussian elimination; the matrix is positive definite through the ridge. */
    private double[] solve(boolean[] left) {
        double[][] a = new double[TERMS][TERMS + 1];
        for (int i = 0; i < TERMS; i++) {
            for (int j = 0; j < TERMS; j++) {
                a[i][j] = left[i] && left[j] ? squares[i][j] : 0;
            }
            a[i][i] += RIDGE * (1 + squares[i][i]);
            a[i][TERMS] = left[i] ? products[i] : 0;
        }
        for (int i = 0; i < TERMS; i++) {
            for (int row = i + 1; row < TERMS; row++) {
                double factor = a[row][i] / a[i][i];
                for (int column = i; column <= TERMS; column++) {
                    a[row][column] -= factor * a[i][column];
                }
            }
        }
        double[] solved = new double[TERMS];
        for (int i = TERMS - 1; i >= 0; i--) {
            double rest = a[i][TERMS];
            for (int j = i + 1; j < TERMS; j++) {
                rest -= a[i][j] * solved[j];
            }
            solved[i] = rest / a[i][i];
        }
        return solved;
    }
}
