package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.FlowEvent;
import io.millrace.ejb.flow.FlowEvent.ChoiceDone;
import io.millrace.ejb.flow.FlowEvent.FinishReason;
import io.millrace.ejb.flow.FlowEvent.Text;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * Drives the production lanes and batcher through thousands of seeded schedules: calls come, go and are given up,
 * steps fail, engines die, the KV cache is too small for all. Each answer must be, to the token, the one that the
 * same request gets alone. {@code -Dmillrace.simulation.seed=N} repeats one schedule.
 */
class BatcherSimulation {

    private static final int SCHEDULES = Integer.getInteger("millrace.simulation.schedules", 3_000);
    private static final int MOST_TURNS = 50_000;
    private static final LaneBounds BOUNDS = new LaneBounds(6, Long.MAX_VALUE, 1);

    @Test
    void everyAnswerIsTheOneItWouldBeAlone() throws InterruptedException {
        Long only = Long.getLong("millrace.simulation.seed");
        if (only != null) {
            new Schedule(only).run();
            return;
        }
        long first = System.nanoTime();
        System.out.println("batcher simulation: seeds " + first + " to " + (first + SCHEDULES - 1));
        int[] outcomes = new int[Outcome.values().length];
        for (long seed = first; seed < first + SCHEDULES; seed++) {
            try {
                new Schedule(seed).run().forEach(outcome -> outcomes[outcome.ordinal()]++);
            } catch (AssertionError | RuntimeException e) {
                throw new AssertionError("schedule " + seed + " (repeat with -Dmillrace.simulation.seed=" + seed + ")", e);
            }
        }
        System.out.println("calls by outcome: " + Arrays.toString(Outcome.values()) + " " + Arrays.toString(outcomes));
        Arrays.stream(outcomes).forEach(count -> assertTrue(count > 0, "the schedules reached every outcome"));
    }

    /** One call and what its reader has seen. */
    private static final class Call {
        final int[] prompt;
        final int maxTokens;
        final Sampling sampling;
        final int choices;
        final Answer answer;
        final List<Sequence> sequences = new ArrayList<>();
        final StringBuilder[] texts;
        final FinishReason[] reasons;
        int endings;

        Call(SplittableRandom random, int contextTokens, SimulatedEngine engine, List<Call> before) {
            prompt = prompt(random, contextTokens, before);
            maxTokens = 1 + random.nextInt(contextTokens - prompt.length);
            sampling = random.nextBoolean() ? Sampling.GREEDY
                    : new Sampling(1, 0, 1, 0, 1, 0, 0, random.nextLong(), Map.of(), null, -1);
            choices = random.nextInt(4) == 0 ? 1 + random.nextInt(3) : 1;
            texts = new StringBuilder[choices];
            Arrays.setAll(texts, _ -> new StringBuilder());
            reasons = new FinishReason[choices];
            answer = new Answer("call", prompt.length, choices, maxTokens, List.of(), engine.tokenizer(),
                    new Flow(1 << 20, () -> { }, () -> { }), this::ended);
            Lane lane = Lane.values()[random.nextInt(4)];
            Origin origin = new Origin("tenant " + random.nextInt(2), "space " + random.nextInt(2));
            for (int choice = 0; choice < choices; choice++) {
                sequences.add(new Sequence(answer, choice, lane, origin, sampling, prompt, maxTokens));
            }
        }

        /** Fresh, or beginning as one that came before, perhaps with what was answered. */
        private static int[] prompt(SplittableRandom random, int contextTokens, List<Call> before) {
            int[] fresh = random.ints(1 + random.nextInt(contextTokens / 2), ' ', '~').toArray();
            if (before.isEmpty() || random.nextBoolean()) {
                return fresh;
            }
            Call other = before.get(random.nextInt(before.size()));
            int[] told = IntStream.concat(IntStream.of(other.prompt), other.texts[0].chars()).toArray();
            int shared = Math.min(fresh.length, random.nextInt(told.length + 1));
            System.arraycopy(told, 0, fresh, 0, shared);
            return fresh;
        }

        private void ended(Answer answer) {
            endings++;
            answer.finish();
        }

        void read() throws InterruptedException {
            for (FlowEvent event = answer.flow().next(Duration.ZERO); event != null;
                    event = answer.flow().next(Duration.ZERO)) {
                switch (event) {
                    case Text text -> texts[text.choice()].append(text.text());
                    case ChoiceDone done -> reasons[done.choice()] = done.reason();
                    case FlowEvent.End _ -> assertEquals(Outcome.OK, answer.outcome());
                    case FlowEvent.Broken _ -> assertEquals(Outcome.FAILED, answer.outcome());
                }
            }
        }

        void check() throws InterruptedException {
            assertEquals(1, endings, "a call ends once");
            read();
            String alone = alone();
            for (int choice = 0; choice < choices; choice++) {
                String text = texts[choice].toString();
                assertTrue(alone.startsWith(text), "what was read is what would have been read alone");
                if (answer.outcome() == Outcome.OK) {
                    assertEquals(alone, text);
                    boolean cut = alone.length() == maxTokens && !endsByItself();
                    assertEquals(cut ? FinishReason.LENGTH : FinishReason.STOP, reasons[choice]);
                }
            }
        }

        private boolean endsByItself() {
            return generate().getLast() == 256;
        }

        private String alone() {
            StringBuilder text = new StringBuilder();
            generate().stream().filter(token -> token != 256).forEach(token -> text.append((char) (int) token));
            return text.toString();
        }

        private List<Integer> generate() {
            return IntStream.of(SimulatedEngine.answer(prompt, sampling, maxTokens)).boxed().toList();
        }
    }

    /** One seeded run from the first arrival until nothing is left. */
    private static final class Schedule {
        final SplittableRandom random;
        final int slots;
        final int contextTokens;
        final int stepTokens;
        final double faultRate;
        BatchSettings settings;
        final Lanes<Sequence> lanes = new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS, Lane.P3, BOUNDS));
        final List<Call> calls = new ArrayList<>();
        SimulatedEngine engine;
        final Batcher batcher;

        Schedule(long seed) {
            random = new SplittableRandom(seed);
            slots = 1 + random.nextInt(8);
            contextTokens = 16 + random.nextInt(300);
            stepTokens = slots + random.nextInt(40);
            faultRate = random.nextBoolean() ? 0 : 0.01;
            engine = fresh();
            settings = settings();
            batcher = new Batcher(engine.model(), lanes, settings);
        }

        /** Some slots for all, some for lane P0 alone, some for nobody who runs. */
        private BatchSettings settings() {
            int most = 1 + random.nextInt(slots);
            int reserved = random.nextInt(slots - most + 1);
            return new BatchSettings(1 + random.nextInt(most), most, reserved, most + reserved
                    + random.nextInt(stepTokens - most - reserved + 1), 1 + random.nextInt(64), random.nextInt(3) * 1.5,
                    Duration.ofNanos(random.nextInt(100)), Duration.ofNanos(random.nextInt(100)),
                    random.nextInt(3) / 2.0, random.nextDouble(), random.nextInt(3) * 1_000L);
        }

        SimulatedEngine fresh() {
            return new SimulatedEngine(slots, contextTokens, stepTokens,
                    new Faults(random.nextLong(), faultRate / 4, faultRate, faultRate, faultRate / 4));
        }

        List<Outcome> run() throws InterruptedException {
            int toCome = 1 + random.nextInt(25);
            long now = 0;
            for (int turn = 0; toCome > 0 || lanes.size() > 0 || !batcher.idle(); turn++) {
                assertTrue(turn < MOST_TURNS, "the schedule comes to an end");
                now += 1 + random.nextInt(10);
                if (toCome > 0 && random.nextInt(4) == 0) {
                    toCome--;
                    arrive(now);
                }
                if (random.nextInt(60) == 0) {
                    giveUpOne();
                }
                if (random.nextInt(200) == 0) {
                    settings = settings();
                    batcher.use(settings);
                }
                batcher.admit(now);
                step(now);
                invariants();
            }
            for (Call call : calls) {
                call.check();
            }
            return calls.stream().map(call -> call.answer.outcome()).toList();
        }

        private void arrive(long now) {
            Call call = new Call(random, contextTokens, engine, calls);
            long deadline = random.nextInt(8) == 0 ? now + 30 : Long.MAX_VALUE;
            if (lanes.offer(call.sequences.getFirst().lane(), call.sequences, now, deadline)) {
                calls.add(call);
            }
        }

        private void giveUpOne() {
            if (!calls.isEmpty()) {
                Answer gone = calls.get(random.nextInt(calls.size())).answer;
                batcher.remove(sequence -> sequence.answer() == gone);
                gone.cancelled();
            }
        }

        private void step(long now) {
            if (batcher.idle()) {
                return;
            }
            StepPlan plan = batcher.plan();
            try {
                StepResult result = engine.step(plan);
                batcher.apply(plan, result, now, 1 + random.nextInt(100));
            } catch (EngineException e) {
                engine = fresh();
                batcher.engineReplaced();
            }
        }

        private void invariants() {
            assertTrue(batcher.running() + batcher.paused() <= slots, "no more sequences than slots");
            if (batcher.settled()) {
                assertEquals(engine.cellsUsed(), batcher.cellsUsed(), "the cells are those of the engine");
            }
            assertTrue(batcher.cellsUsed() <= contextTokens, "cells within the cache");
            assertTrue(batcher.cellsKept() >= 0 && batcher.cellsKept() <= batcher.cellsUsed(), "kept cells are used ones");
            if (lanes.size() == 0 && batcher.running() == 0) {
                assertEquals(0, batcher.cellsUsed() - batcher.cellsKept(), "no cell is lost");
                assertEquals(0, batcher.hostBytes(), "no snapshot is lost");
                assertEquals(0, batcher.paused(), "nobody is forgotten");
            }
        }
    }
}
