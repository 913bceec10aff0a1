package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.flow.Answer.Outcome;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.Map;
import org.junit.jupiter.api.Test;

/**
 * Drives the production lanes and batcher through thousands of seeded schedules: calls come, go and are given up,
 * steps fail, engines die, the KV cache is too small for all. Each answer must be, to the token, the one that the
 * same request gets alone. {@code -Dmillrace.simulation.seed=N} repeats one schedule. {@link SimulationSeesTest} shows
 * that it sees what it should.
 */
class BatcherSimulation {

    private static final int SCHEDULES = Integer.getInteger("millrace.simulation.schedules", 10_000);

    @Test
    void everyAnswerIsTheOneItWouldBeAlone() throws InterruptedException {
        Map<Happening, Integer> happened = new EnumMap<>(Happening.class);
        Long only = Long.getLong("millrace.simulation.seed");
        if (only != null) {
            new Schedule(only, new Saboteur(), happened).run();
            return;
        }
        long first = System.nanoTime();
        System.out.println("batcher simulation: seeds " + first + " to " + (first + SCHEDULES - 1));
        int[] outcomes = new int[Outcome.values().length];
        for (long seed = first; seed < first + SCHEDULES; seed++) {
            try {
                new Schedule(seed, new Saboteur(), happened).run().forEach(outcome -> outcomes[outcome.ordinal()]++);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + seed + " (repeat with -Dmillrace.simulation.seed=" + seed + ")", e);
            }
        }
        System.out.println("calls by outcome: " + Arrays.toString(Outcome.values()) + " " + Arrays.toString(outcomes)
                + " in " + (System.nanoTime() - first) / 1_000_000 + " ms; " + happened);
        Arrays.stream(outcomes).forEach(count -> assertTrue(count > 0, "the schedules reached every outcome"));
        happened.values().removeIf(count -> count == 0);
        assertEquals(EnumSet.allOf(Happening.class), happened.keySet(), "the schedules reached all that can happen");
    }
}
