package io.millrace.tests.bench;

import io.millrace.connector.engine.ModelInfo;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.engine.Tokenizer;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.BatchSettings;
import io.millrace.ejb.batch.Batcher;
import io.millrace.ejb.batch.Sequence;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What planning a step and working in its results costs, with an engine that takes no time. */
public final class BatcherBenchmark {

    private static final int ROUNDS = 15;
    private static final int STEPS = 400;
    private static final int PROMPT_TOKENS = 8;
    private static final LaneBounds BOUNDS = new LaneBounds(256, Long.MAX_VALUE, 1);
    private static final Sequence.Origin ORIGIN = new Sequence.Origin("tenant", "tenant");

    private BatcherBenchmark() {}

    public static void main(String[] arguments) throws InterruptedException {
        for (int round = 0; round < ROUNDS; round++) {
            round(32);
        }
        System.out.println("| sequences | a step µs | a token ns |");
        System.out.println("|---|---|---|");
        for (int sequences : new int[] {1, 8, 32, 128, 256}) {
            double[] micros = new double[ROUNDS];
            for (int round = 0; round < ROUNDS; round++) {
                micros[round] = round(sequences);
            }
            double step = Run.median(micros);
            System.out.printf("| %d | %.1f | %.0f |%n", sequences, step, step * 1_000 / sequences);
        }
    }

    private static double round(int sequences) throws InterruptedException {
        ModelInfo model = new SimulatedEngine(sequences, 1 << 20, Math.max(512, sequences * PROMPT_TOKENS), Faults.none()).model();
        Tokenizer tokenizer = new SimulatedEngine(1, 16, 16, Faults.none()).tokenizer();
        Lanes<Sequence> lanes = new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS, Lane.P3, BOUNDS));
        Batcher batcher = new Batcher(model, lanes, BatchSettings.of(sequences, 0, model.maxStepTokens()));
        List<Flow> flows = new ArrayList<>();
        for (int i = 0; i < sequences; i++) {
            Flow flow = new Flow(1 << 20, () -> { }, () -> { });
            flows.add(flow);
            Answer answer = new Answer("benchmark", PROMPT_TOKENS, 1, 1 << 19, List.of(), tokenizer, flow, _ -> { });
            int[] prompt = new int[PROMPT_TOKENS];
            lanes.offer(Lane.P1, List.of(new Sequence(answer, 0, Lane.P1, ORIGIN, Sampling.GREEDY, prompt, 1)), 0,
                    Long.MAX_VALUE);
        }
        long nanos = 0;
        for (int step = 0; step < STEPS; step++) {
            long before = System.nanoTime();
            batcher.admit(before);
            StepPlan plan = batcher.plan();
            nanos += System.nanoTime() - before;
            StepResult result = answer(plan);
            before = System.nanoTime();
            batcher.apply(plan, result, before, 1_000_000);
            nanos += System.nanoTime() - before;
            for (Flow flow : flows) {
                flow.next(Duration.ZERO);
            }
        }
        return nanos / 1e3 / STEPS;
    }

    private static StepResult answer(StepPlan plan) {
        List<SlotOutcome> outcomes = new ArrayList<>();
        for (SlotWork work : plan.work()) {
            if (work instanceof SlotWork.Decode || work instanceof SlotWork.Prefill) {
                outcomes.add(new SlotOutcome.Sampled(work.slot(), 'x', Float.NaN, List.of()));
            }
        }
        return new StepResult.Done(outcomes, 0);
    }
}
