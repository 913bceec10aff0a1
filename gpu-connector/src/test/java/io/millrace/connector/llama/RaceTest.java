package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Random;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

/** All seeds are fixed: a failure is a defect and no bad luck. */
class RaceTest {

    private static final float[] FLAT = new float[4];
    private static final float[] UNEQUAL = logits(0.5, 0.25, 0.15, 0.07, 0.02, 0.01);
    private static final int DRAWS = 100_000;

    /** Logits of these probabilities, some way off zero as a model's are. */
    private static float[] logits(double... probabilities) {
        float[] logits = new float[probabilities.length];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) (3 + Math.log(probabilities[i]));
        }
        return logits;
    }

    private static int draw(long seed, long index, float[] logits, float temperature) {
        int likeliest = Logits.argMax(logits);
        Race race = new Race(seed, index, likeliest, logits[likeliest], temperature);
        race.enter(logits);
        return race.winner();
    }

    private static double[] softmax(float[] logits, float temperature) {
        double[] shares = new double[logits.length];
        for (int i = 0; i < shares.length; i++) {
            shares[i] = Math.exp(logits[i] / temperature);
        }
        double sum = Arrays.stream(shares).sum();
        return Arrays.stream(shares).map(share -> share / sum).toArray();
    }

    /** The chi-square of counts, as standard deviations above what it is expected to be. */
    private static double surplus(int[] counts, double[] shares) {
        int all = Arrays.stream(counts).sum();
        double square = 0;
        for (int i = 0; i < counts.length; i++) {
            double off = counts[i] - all * shares[i];
            square += off * off / (all * shares[i]);
        }
        int freedom = counts.length - 1;
        return (square - freedom) / Math.sqrt(2.0 * freedom);
    }

    private static void assertFits(int[] counts, double[] shares, String what) {
        double surplus = surplus(counts, shares);
        assertTrue(surplus < 4.5, what + ": " + Arrays.toString(counts) + " is off by " + surplus);
    }

    @Test void drawsEachTokenAsOftenAsItIsLikely() {
        for (float temperature : new float[] {0.5f, 1, 2}) {
            int[] byIndex = new int[UNEQUAL.length];
            int[] bySeed = new int[UNEQUAL.length];
            for (int i = 0; i < DRAWS; i++) {
                byIndex[draw(11, i, UNEQUAL, temperature)]++;
                bySeed[draw(i, 3, UNEQUAL, temperature)]++;
            }
            double[] shares = softmax(UNEQUAL, temperature);
            assertFits(byIndex, shares, "indices at temperature " + temperature);
            assertFits(bySeed, shares, "seeds at temperature " + temperature);
        }
    }

    @Test void drawsFromAWholeVocabularyAsOftenAsItIsLikely() {
        Random random = new Random(1);
        float[] logits = new float[20_000];
        for (int i = 0; i < logits.length; i++) {
            logits[i] = (float) random.nextGaussian();
        }
        double[] bucketShares = new double[20];
        double[] shares = softmax(logits, 0.8f);
        int[] counts = new int[bucketShares.length];
        for (int token = 0; token < logits.length; token++) {
            bucketShares[token % bucketShares.length] += shares[token];
        }
        for (int i = 0; i < 10_000; i++) {
            counts[draw(5, i, logits, 0.8f) % counts.length]++;
        }
        assertFits(counts, bucketShares, "tokens in 20 groups");
    }

    /** Choices of one call have neighbouring seeds, tokens of one answer neighbouring indices. */
    @Test void neighboursHaveNothingToDoWithEachOther() {
        int[] seeds = new int[16];
        int[] indices = new int[16];
        int[] diagonal = new int[16];
        for (int i = 0; i < DRAWS; i++) {
            seeds[4 * draw(i, 0, FLAT, 1) + draw(i + 1, 0, FLAT, 1)]++;
            indices[4 * draw(9, i, FLAT, 1) + draw(9, i + 1, FLAT, 1)]++;
            diagonal[4 * draw(i, i + 1, FLAT, 1) + draw(i + 1, i, FLAT, 1)]++;
        }
        double[] even = new double[16];
        Arrays.fill(even, 1.0 / 16);
        assertFits(seeds, even, "seeds");
        assertFits(indices, even, "indices");
        assertFits(diagonal, even, "seed and index exchanged");
    }

    @Property(tries = 50, seed = "1") void numbersOfAnySeedAreUniform(@ForAll long seed,
            @ForAll @IntRange(max = 1 << 20) int index) {
        int[] overTokens = new int[16];
        int[] overIndices = new int[16];
        for (int i = 0; i < 8_000; i++) {
            overTokens[(int) (16 * Race.uniform(Race.key(seed, index), i))]++;
            overIndices[(int) (16 * Race.uniform(Race.key(seed, index + i), 7))]++;
        }
        double[] even = new double[16];
        Arrays.fill(even, 1.0 / 16);
        assertTrue(surplus(overTokens, even) < 8, () -> "tokens " + Arrays.toString(overTokens));
        assertTrue(surplus(overIndices, even) < 8, () -> "indices " + Arrays.toString(overIndices));
    }

    @Test void theOrderOfTheCandidatesDoesNotMatter() {
        for (int i = 0; i < 1_000; i++) {
            Race race = new Race(3, i, 0, UNEQUAL[0], 1);
            for (int token = UNEQUAL.length - 1; token >= 0; token--) {
                race.enter(token, UNEQUAL[token]);
            }
            assertEquals(draw(3, i, UNEQUAL, 1), race.winner());
        }
    }

    /** So the second pick, after a grammar's refusal, has the probabilities of what is left. */
    @Test void aTokenThatIsForbiddenChangesNothingUnlessItHadWon() {
        float[] without = UNEQUAL.clone();
        without[0] = Float.NEGATIVE_INFINITY;
        int[] counts = new int[UNEQUAL.length - 1];
        for (int i = 0; i < DRAWS; i++) {
            int first = draw(3, i, UNEQUAL, 1);
            int second = draw(3, i, without, 1);
            assertNotEquals(0, second);
            assertTrue(first == 0 || first == second);
            counts[second - 1]++;
        }
        assertFits(counts, softmax(Arrays.copyOfRange(UNEQUAL, 1, UNEQUAL.length), 1), "what is left");
    }

    /** A prompt that is computed again in other steps has logits that differ in the last digits. */
    @Test void roundingSeldomChangesTheWinner() {
        Random random = new Random(2);
        int changed = 0;
        for (int i = 0; i < 2_000; i++) {
            float[] logits = new float[1_000];
            float[] rounded = new float[1_000];
            for (int token = 0; token < logits.length; token++) {
                logits[token] = (float) random.nextGaussian();
                rounded[token] = logits[token] + 0.001f * (float) random.nextGaussian();
            }
            changed += draw(4, i, logits, 1) == draw(4, i, rounded, 1) ? 0 : 1;
        }
        assertTrue(changed < 10, changed + " of 2000 changed");
    }

    @Test void endsWithTheLikeliestWhenNothingElseIsLeft() {
        float[] one = {Float.NEGATIVE_INFINITY, -2, Float.NEGATIVE_INFINITY, -1e30f};
        for (int i = 0; i < 1_000; i++) {
            assertEquals(1, draw(3, i, one, 2));
            assertEquals(0, draw(3, i, UNEQUAL, 1e-3f));
        }
    }
}
