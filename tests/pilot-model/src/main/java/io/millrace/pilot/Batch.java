package io.millrace.pilot;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Dialogues side by side, the shorter ones filled up at their ends.
 *
 * @param tokens    row after row
 * @param positions places in {@code tokens} after which a token is to be predicted
 * @param targets   which, one for each place
 */
record Batch(int[] tokens, int rows, int columns, int[] positions, int[] targets) {

    /**
     * One dialogue in tokens.
     *
     * @param answers whether each token belongs to an answer, its end marker included
     */
    record Row(int[] tokens, boolean[] answers) {}

    static Batch of(List<Row> rows, int filler) {
        int columns = rows.stream().mapToInt(row -> row.tokens.length - 1).max().orElseThrow();
        int[] tokens = new int[rows.size() * columns];
        Arrays.fill(tokens, filler);
        IntStream.Builder positions = IntStream.builder();
        IntStream.Builder targets = IntStream.builder();
        for (int r = 0; r < rows.size(); r++) {
            Row row = rows.get(r);
            for (int i = 0; i + 1 < row.tokens.length; i++) {
                tokens[r * columns + i] = row.tokens[i];
                if (row.answers[i + 1]) {
                    positions.add(r * columns + i);
                    targets.add(row.tokens[i + 1]);
                }
            }
        }
        return new Batch(tokens, rows.size(), columns, positions.build().toArray(), targets.build().toArray());
    }
}
