package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Comparator;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class LogitsTest {

    private static final float INFINITE = Float.POSITIVE_INFINITY;

    @Test void takesTheFirstOfTheGreatest() {
        assertEquals(1, Logits.argMax(new float[] {-3, 2, 2, 1}));
        assertEquals(2, Logits.argMax(new float[] {-INFINITE, -INFINITE, -5}));
    }

    @Test void seesWhatIsNoNumberWhereverItStands() {
        for (int at = 0; at < 4; at++) {
            float[] logits = {1, 4, 2, 3};
            logits[at] = Float.NaN;
            assertEquals(-1, Logits.argMax(logits), "NaN at " + at);
            logits[at] = INFINITE;
            assertEquals(-1, Logits.argMax(logits), "infinity at " + at);
        }
        assertEquals(-1, Logits.argMax(new float[] {-INFINITE, -INFINITE}));
    }

    @Test void ordersTheLikeliestAsASortWould() {
        Random random = new Random(1);
        for (int round = 0; round < 200; round++) {
            float[] logits = new float[1 + random.nextInt(300)];
            for (int i = 0; i < logits.length; i++) {
                logits[i] = random.nextInt(40);
            }
            int count = random.nextInt(50);
            int[] sorted = IntStream.range(0, logits.length).boxed()
                    .sorted(Comparator.<Integer>comparingDouble(i -> -logits[i]).thenComparing(i -> i))
                    .limit(count).mapToInt(i -> i).toArray();
            assertArrayEquals(sorted, Logits.top(logits, count));
        }
    }

    @Test void leavesOutWhatIsForbidden() {
        assertArrayEquals(new int[] {2}, Logits.top(new float[] {-INFINITE, -INFINITE, 1}, 3));
    }

    @Test void probabilitiesAddUpToOne() {
        float[] logits = {1, 2, 3, -INFINITE, 700};
        double logSum = Logits.logSum(logits);
        double sum = 0;
        for (float logit : logits) {
            sum += Math.exp(logit - logSum);
        }
        assertEquals(1, sum, 1e-9);
    }
}
