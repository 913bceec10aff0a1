package io.millrace.tests.bench;

import java.util.Arrays;

/**
 * What one run of some streams took.
 *
 * @param tokensPerSecond   all tokens generated, by the time from the first request to the last token
 * @param firstTokenMillis  median over the streams of the time from the start to the first token
 */
public record Run(double tokensPerSecond, double firstTokenMillis) {

    static Run of(int tokens, long startNanos, long endNanos, long[] firstTokenNanos) {
        double[] first = Arrays.stream(firstTokenNanos).mapToDouble(nanos -> (nanos - startNanos) / 1e6).sorted().toArray();
        return new Run(tokens * 1e9 / (endNanos - startNanos), median(first));
    }

    public static double median(double[] values) {
        double[] sorted = values.clone();
        Arrays.sort(sorted);
        int middle = sorted.length / 2;
        return sorted.length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
