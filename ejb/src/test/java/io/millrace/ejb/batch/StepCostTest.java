package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

class StepCostTest {

    private final StepCost cost = new StepCost();
    private final SplittableRandom random = new SplittableRandom(1);

    @Test
    void learnsWhatTokensCostThatComeLateInAPrompt() {
        for (int i = 0; i < 200; i++) {
            StepLoad load = load();
            cost.observe(load, (long) (20e6 + 9e6 * load.decodes() + 7e6 * load.prefills() + 3e3 * load.prefillLooks() + 2e3 * load.decodeLooks()));
        }
        assertTrue(cost.known());
        assertEquals(100 * 7e6 + 100 * 4_050 * 3e3, cost.prefillNanos(4_000, 4_100), 0.05e9);
        assertEquals(20e6 + 9e6 + 2e3 * 3_000, cost.nanos(StepLoad.NONE.withDecode(3_000)), 5e6);
    }

    @Test
    void findsAsManyTokensAsThereIsTimeFor() {
        learnsWhatTokensCostThatComeLateInAPrompt();
        for (int i = 0; i < 100; i++) {
            int place = random.nextInt(8_000);
            int tokens = 1 + random.nextInt(500);
            StepLoad load = load();
            double nanos = cost.nanos(load.withPrefill(place, tokens));
            int found = (int) (cost.prefillsIn(nanos, load, place) + 1e-3);
            assertTrue(found >= tokens, tokens + " fit, " + found + " were found");
            assertTrue(cost.nanos(load.withPrefill(place, found)) <= nanos + 1e5);
        }
        assertTrue(cost.prefillsIn(-1e6, StepLoad.NONE, 100) < 0);
    }

    /** A state of minutes is waited for, however slow its disk. */
    @Test
    void readingIsWaitedForByWhatComputingWouldTake() {
        assertEquals(10_000, DiskLoads.patienceNanos(0, 4_000, 1_000, cost), "nobody knows yet");
        learnsWhatTokensCostThatComeLateInAPrompt();
        assertEquals(cost.prefillNanos(1_000, 4_000) / 2, DiskLoads.patienceNanos(1_000, 4_000, 1_000, cost), 1);
    }

    /** As a CPU with whole tiles of attention: 63 tokens late in a prompt take longer than 64. */
    @Test
    void knowsTilesFromRows() {
        for (int i = 0; i < 400; i++) {
            StepLoad load = load();
            double look = load.tiled() ? 1.6e3 : 4.2e3;
            cost.observe(load, (long) (20e6 + 4e6 * load.decodes() + 1.5e6 * load.prefills() + look * load.prefillLooks()));
        }
        double row = cost.nanos(StepLoad.NONE.withPrefill(3_000, 63));
        double tile = cost.nanos(StepLoad.NONE.withPrefill(3_000, 64));
        assertTrue(row > 1.8 * tile, row + " and " + tile);
        assertEquals(64, cost.prefillsIn(tile, StepLoad.NONE, 3_000), 0.5);
        assertEquals(20, cost.prefillsIn(cost.nanos(StepLoad.NONE.withPrefill(3_000, 20)), StepLoad.NONE, 3_000), 0.5);
        assertTrue(cost.prefillsIn(0.99 * tile, StepLoad.NONE, 3_000) < 64);
    }

    /** Short prompts are computed row by row and hardly look at anything: what rows cost late in a long one isn't seen in them. */
    @Test
    void rowsOfShortPromptsSayNothingOfLongOnes() {
        for (int seed = 0; seed < 100; seed++) {
            StepCost learnt = new StepCost();
            SplittableRandom noise = new SplittableRandom(seed);
            for (int i = 0; i < 300; i++) {
                StepLoad load = StepLoad.NONE;
                for (int answers = noise.nextInt(8); answers > 0; answers--) {
                    load = load.withDecode(noise.nextInt(200));
                }
                load = switch (noise.nextInt(8)) {
                    case 0 -> load.withPrefill(0, 20 + noise.nextInt(40));
                    case 1 -> load.withPrefill(noise.nextInt(3_000), 64 + noise.nextInt(200));
                    default -> load;
                };
                double look = load.tiled() ? 1.6e3 : 4.2e3;
                double nanos = 20e6 + 5e6 * load.decodes() + 1.5e6 * load.prefills() + look * load.prefillLooks() + 1e3 * load.decodeLooks();
                learnt.observe(load, (long) (nanos * (0.9 + 0.2 * noise.nextDouble())));
            }
            double row = learnt.nanos(StepLoad.NONE.withPrefill(3_000, 44));
            double tile = learnt.nanos(StepLoad.NONE.withPrefill(3_000, 64));
            assertTrue(row > 0.5 * tile, "seed " + seed + ": " + row + " for 44 tokens, " + tile + " for 64");
        }
    }

    /** What a machine with other work shows of a cost that has no such terms. */
    @Test
    void nothingCostsLessThanNothing() {
        for (int i = 0; i < 500; i++) {
            StepLoad load = load();
            cost.observe(load, (long) ((20e6 + 7e6 * load.prefills()) * (0.5 + random.nextDouble())));
            StepLoad other = load();
            assertTrue(cost.nanos(other.withDecode(4_000)) >= cost.nanos(other));
            assertTrue(cost.nanos(other.withPrefill(4_000, 50)) >= cost.nanos(other));
            assertTrue(cost.nanos(StepLoad.NONE) >= 0);
        }
        assertEquals(100 * 7e6, cost.prefillNanos(100, 200), 0.15e9);
    }

    @Test
    void saysNothingBeforeItHasSeenPrompts() {
        for (int i = 0; i < 50; i++) {
            cost.observe(StepLoad.NONE.withDecode(i), 10_000_000);
        }
        assertFalse(cost.known());
    }

    /** As steps are: some answers, and one or two chunks of prompts. */
    private StepLoad load() {
        StepLoad load = StepLoad.NONE;
        for (int i = random.nextInt(10); i > 0; i--) {
            load = load.withDecode(random.nextInt(4_000));
        }
        for (int i = random.nextInt(3); i > 0; i--) {
            load = load.withPrefill(random.nextInt(4_000), 1 + random.nextInt(200));
        }
        return load;
    }
}
