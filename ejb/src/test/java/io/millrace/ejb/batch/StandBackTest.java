package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.lane.Lane;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class StandBackTest {

    private static final long STEP = Duration.ofMillis(100).toNanos();
    private static final int CHUNK = 100;

    private final StandBack standBack = new StandBack();
    private final StepCost cost = new StepCost();
    private final BatchSettings settings = settings(Duration.ofNanos(5 * STEP / 2));
    private final List<Sequence> running = new ArrayList<>();

    @Test
    void nobodyStandsBackWhereNoCriticalPromptIsComputed() {
        learn();
        run(Lane.P1, Lane.P2, Lane.P3);
        assertEquals(List.of(), held());
    }

    @Test
    void allStandBackForACriticalPrompt() {
        learn();
        run(Lane.P3, Lane.P1, Lane.P0, Lane.P2);
        assertEquals(List.of(Lane.P3, Lane.P1, Lane.P2), held());
    }

    /** Two steps fit in the time between two tokens that is aimed at, the third doesn't. */
    @Test
    void readersOfP1WaitNoLongerThanTheyShould() {
        learn();
        run(Lane.P0, Lane.P1, Lane.P2);
        List<List<Lane>> held = new ArrayList<>();
        for (int step = 0; step < 6; step++) {
            held.add(held());
            standBack.stepped(STEP);
        }
        List<Lane> both = List.of(Lane.P1, Lane.P2);
        List<Lane> one = List.of(Lane.P2);
        assertEquals(List.of(both, both, one, both, both, one), held);
    }

    @Test
    void p1GoesOnAsLongAsNobodyKnowsWhatAStepTakes() {
        run(Lane.P0, Lane.P1, Lane.P3);
        assertEquals(List.of(Lane.P3), held());
    }

    private void learn() {
        for (int i = 0; i < 20; i++) {
            cost.observe(StepLoad.NONE.withPrefill(0, 1 + i % 2 * CHUNK), STEP / 10 + STEP * 9 / 10 * (i % 2));
        }
    }

    private void run(Lane... lanes) {
        for (Lane lane : lanes) {
            running.add(new Sequence(null, 0, lane, new Sequence.Origin("tenant", "space"), Sampling.GREEDY,
                    new int[10 * CHUNK], 1));
        }
    }

    private List<Lane> held() {
        standBack.decide(running, settings, cost);
        return running.stream().filter(standBack::holds).map(Sequence::lane).toList();
    }

    private static BatchSettings settings(Duration tokenTarget) {
        return new BatchSettings(1, 8, 2, CHUNK, CHUNK, 0, tokenTarget, Duration.ofDays(1), Duration.ZERO, 1, 0.5, Long.MAX_VALUE, KvType.F16, true);
    }
}
