package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.CountingEngine.Cost;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Prompts that begin alike while the beginning is being computed. */
class BeginningsTest {

    private static final int SHARED = 200;
    private static final int OWN = 20;
    private static final int STEP = 50;
    private static final LaneBounds BOUNDS = new LaneBounds(10, 10_000, 1);

    private final CountingEngine engine = new CountingEngine(Cost.GPU, 8, 4_096, STEP);
    private final Lanes<Sequence> lanes = new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS, Lane.P3, BOUNDS));
    private final SimulatedEngine words = new SimulatedEngine(1, 1, 1, Faults.none());
    private final Batcher batcher = new Batcher(engine.model(), lanes, new BatchSettings(8, 8, 0, STEP, STEP, 0, Duration.ofMillis(250),
            Duration.ofSeconds(2), Duration.ZERO, 0.5, 0.5, 0, KvType.F16, true));
    private long now = 1;

    @Test
    void oneThatComesInTheMiddleWaitsForTheWholeBeginning() {
        Answer first = arrive(Lane.P1, 'x');
        step();
        Answer second = arrive(Lane.P1, 'y');
        Answer third = arrive(Lane.P2, 'z');
        runUntilDone(first, second, third);
        assertEquals(SHARED + 3 * OWN, engine.prefilled, "the beginning is computed once");
        assertEquals(0, batcher.fragmentation());
    }

    @Test
    void theCriticalLaneWaitsForNobodyElses() {
        Answer first = arrive(Lane.P3, 'x');
        step();
        Answer critical = arrive(Lane.P0, 'y');
        runUntilDone(first, critical);
        assertTrue(critical.firstTokenNanos() < first.firstTokenNanos());
    }

    /** Who computed the beginning is gone in the middle of it. */
    @Test
    void itGoesOnAloneWhenThereIsNobodyToWaitFor() {
        Answer first = arrive(Lane.P1, 'x');
        step();
        Answer second = arrive(Lane.P1, 'y');
        step();
        batcher.remove(each -> each.answer() == first);
        first.cancelled();
        runUntilDone(second);
        assertEquals(SHARED + OWN, engine.prefilled, "what was computed till then is used");
    }

    private Answer arrive(Lane lane, char own) {
        int[] prompt = new int[SHARED + OWN];
        Arrays.setAll(prompt, i -> i < SHARED ? 'a' + i % 26 : own);
        Answer answer = new Answer("call", prompt.length, 1, 4, List.of(), words.tokenizer(), new Flow(1 << 20, () -> { }, () -> { }), Answer::finish);
        assertTrue(lanes.offer(lane, List.of(new Sequence(answer, 0, lane, new Origin("tenant", "space"), Sampling.GREEDY, prompt, 4)), now,
                Long.MAX_VALUE));
        return answer;
    }

    private void runUntilDone(Answer... answers) {
        for (int steps = 0; Arrays.stream(answers).anyMatch(each -> each.outcome() == null); steps++) {
            assertTrue(steps < 100, "everybody goes on");
            step();
        }
    }

    private void step() {
        now++;
        batcher.admit(now);
        StepPlan plan = batcher.plan();
        batcher.apply(plan, engine.step(plan), now, 1_000_000);
    }
}
