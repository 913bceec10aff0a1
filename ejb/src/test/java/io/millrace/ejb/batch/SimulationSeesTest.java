package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.EnumMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.LongFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation finds each of the faults it is there for: what it would not see broken, it doesn't watch. */
class SimulationSeesTest {

    private static final int SEEDS = 300;

    @Test
    void nothingWhereNothingIsWrong() throws InterruptedException {
        for (long seed = 0; seed < SEEDS; seed++) {
            run(seed, _ -> new Saboteur());
        }
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrong(Sabotage sabotage) throws InterruptedException {
        int caught = 0;
        Map<String, Integer> by = new TreeMap<>();
        for (long seed = 0; seed < SEEDS; seed++) {
            try {
                run(seed, sabotage::saboteur);
            } catch (AssertionError | RuntimeException e) {
                caught++;
                by.merge(brief(e), 1, Integer::sum);
            }
        }
        System.out.println(sabotage + ": seen in " + caught + " of " + SEEDS + " schedules by " + by);
        assertTrue(caught > 0, "the simulation doesn't see " + sabotage);
    }

    private static void run(long seed, LongFunction<Saboteur> saboteur) throws InterruptedException {
        new Schedule(seed, saboteur.apply(seed), new EnumMap<>(Happening.class)).run();
    }

    private static String brief(Throwable seen) {
        String message = seen.getClass().getSimpleName() + " " + seen.getMessage();
        return message.replaceAll(" ==>.*|-?\\d+", "").replaceAll("(?s)(.{90}).*", "$1");
    }
}
