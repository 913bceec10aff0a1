package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.batch.CountingEngine.Cost;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.batch.Traffic.Arrival;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Lanes, batcher and a counting engine on a clock of their own, from the first arrival to the last answer. */
final class Service {

    static final long DEADLINE = Duration.ofMinutes(2).toNanos();
    /** Until a step has ended that is cut short. */
    private static final long ABORT_NANOS = Duration.ofMillis(2).toNanos();
    private static final int SLOTS = 32;
    private static final int RESERVED = 2;
    private static final int KEPT = 16;
    private static final int CONTEXT = 32_768;
    private static final int STEP_TOKENS = 512;
    private static final Map<Lane, LaneBounds> BOUNDS = Map.of(Lane.P0, new LaneBounds(64, 4_000_000, 1),
            Lane.P1, new LaneBounds(256, 4_000_000, 8), Lane.P2, new LaneBounds(512, 4_000_000, 3),
            Lane.P3, new LaneBounds(1_024, 4_000_000, 1));

    /** @param arrived nanoseconds of the clock */
    record Served(Arrival what, Answer answer, long arrived) {
        Lane lane() {
            return what.lane();
        }

        /** Milliseconds. */
        double firstToken() {
            return (answer.firstTokenNanos() - arrived) / 1e6;
        }
    }

    private final CountingEngine engine;
    private final Lanes<Sequence> lanes = new Lanes<>(BOUNDS);
    private final Batcher batcher;
    private final SimulatedEngine words = new SimulatedEngine(1, 1, 1, Faults.none());
    final List<Served> accepted = new ArrayList<>();
    int refused;
    private long now = 1;
    private long running;
    private long steps;
    private final List<Sequence> inFlight = new ArrayList<>();
    private final Map<Sequence, Integer> cached = new HashMap<>();
    private long again;
    private double fragmentation;
    private long gatheringSince;
    long waited;

    /** How long an idle engine waits for others before it begins. */
    enum Waits { NEVER, WHERE_WORTH_IT, ALWAYS }

    static final Duration WAIT = Duration.ofMillis(50);

    private final Waits waits;
    private boolean cut;
    private final Interruption interruption = new Interruption(() -> cut = true);
    int interrupted;
    /** Between one step with answers and the next. */
    final List<Double> gapsMs = new ArrayList<>();
    private long wroteAt;

    Service(Cost cost) {
        this(cost, Waits.NEVER);
    }

    Service(Cost cost, Waits waits) {
        this.waits = waits;
        engine = new CountingEngine(cost, SLOTS + RESERVED + KEPT, CONTEXT, STEP_TOKENS);
        batcher = new Batcher(engine.model(), lanes, new BatchSettings(8, SLOTS, RESERVED, STEP_TOKENS, STEP_TOKENS, 2,
                Duration.ofMillis(250), Duration.ofSeconds(2), waits == Waits.WHERE_WORTH_IT ? WAIT : Duration.ZERO, 0.5, 0.5, 1 << 20, KvType.F16, cost == Cost.GPU));
    }

    /** Milliseconds of the engine that a request needs when the batch is full. */
    static double worth(Cost cost, Arrival arrival) {
        return cost.prefill() * arrival.prompt().length + (cost.decode() + cost.base() / SLOTS) * arrival.answer();
    }

    /** Seconds of this clock for one of the trace's, so that it offers {@code load} times what can be served. */
    static double stretch(List<Arrival> arrivals, double load, Cost cost) {
        double span = arrivals.getLast().seconds() - arrivals.getFirst().seconds();
        double needed = arrivals.stream().mapToDouble(each -> worth(cost, each)).sum() / 1e3;
        return needed / span / load;
    }

    /** @param stretch see {@link #stretch} */
    void serve(List<Arrival> arrivals, double stretch) {
        double start = arrivals.getFirst().seconds();
        int next = 0;
        while (next < arrivals.size() || lanes.size() > 0 || !batcher.idle()) {
            while (next < arrivals.size() && at(arrivals.get(next), stretch, start) <= now) {
                arrive(arrivals.get(next), at(arrivals.get(next), stretch, start));
                next++;
            }
            long until = now + waitNanos(next == 0 ? now : at(arrivals.get(next - 1), stretch, start));
            if (until > now) {
                waited += until - now;
                now = next < arrivals.size() ? Math.min(until, Math.max(now + 1, at(arrivals.get(next), stretch, start))) : until;
                continue;
            }
            batcher.admit(now);
            if (!batcher.idle()) {
                step(arrivals.subList(next, arrivals.size()), stretch, start);
            } else if (next < arrivals.size()) {
                now = Math.max(now, at(arrivals.get(next), stretch, start));
            }
        }
        accepted.forEach(each -> assertNotNull(each.answer().outcome(), "every request that was accepted ends"));
        accepted.forEach(each -> assertTrue(each.answer().startedNanos() - each.arrived() < DEADLINE,
                "nobody gets his turn after his deadline"));
        assertEquals(0, batcher.paused());
        assertEquals(batcher.cellsKept(), batcher.cellsUsed(), "no cell is lost");
        tokensAreAccountedFor();
    }

    private long waitNanos(long lastArrival) {
        if (waits != Waits.ALWAYS || batcher.running() > 0 || lanes.size() == 0) {
            return batcher.waitNanos(now);
        }
        gatheringSince = gatheringSince == 0 ? lastArrival : gatheringSince;
        long rest = gatheringSince + WAIT.toNanos() - now;
        gatheringSince = rest > 0 ? gatheringSince : 0;
        return Math.max(0, rest);
    }

    private static long at(Arrival arrival, double stretch, double start) {
        return 1 + (long) ((arrival.seconds() - start) * stretch * 1e9);
    }

    private void arrive(Arrival what, long at) {
        Answer answer = new Answer("call", what.prompt().length, 1, what.answer(), List.of(), words.tokenizer(),
                new Flow(1 << 20, () -> { }, () -> { }), Answer::finish);
        Sequence sequence = new Sequence(answer, 0, what.lane(), new Origin("tenant", "space"), Sampling.GREEDY,
                what.prompt(), what.answer());
        if (lanes.offer(what.lane(), List.of(sequence), at, at + DEADLINE)) {
            accepted.add(new Served(what, answer, at));
            inFlight.add(sequence);
        } else {
            refused++;
        }
    }

    private void step(List<Arrival> coming, double stretch, double start) {
        StepPlan plan = batcher.plan();
        seeWhoIsDisplaced();
        long nanos = (long) (engine.takes(plan) * 1e6);
        cut = false;
        interruption.stepBegins(now, batcher.interruptible());
        for (int i = 0; i < coming.size() && !cut && at(coming.get(i), stretch, start) < now + nanos; i++) {
            if (coming.get(i).lane() == Lane.P0) {
                interruption.ask(at(coming.get(i), stretch, start));
                nanos = cut ? at(coming.get(i), stretch, start) - now + ABORT_NANOS : nanos;
            }
        }
        StepResult result = cut ? engine.cutShort(plan, nanos / 1e6) : engine.step(plan);
        now += nanos;
        interruption.stepEnds(now, cut);
        interrupted += cut ? 1 : 0;
        if (!cut && plan.work().stream().anyMatch(SlotWork.Decode.class::isInstance)) {
            gapsMs.add((now - wroteAt) / 1e6);
            wroteAt = now;
        }
        fragmentation += nanos * batcher.fragmentation();
        batcher.apply(plan, result, now, nanos);
        seeWhoIsDisplaced();
        running += batcher.running();
        steps += plan.tokens() > 0 ? 1 : 0;
        assertTrue(plan.tokens() <= STEP_TOKENS, "a step keeps its budget");
        assertTrue(batcher.running() <= SLOTS + RESERVED, "no more answers than there may be");
        assertTrue(batcher.cellsUsed() <= CONTEXT, "cells within the cache");
        BOUNDS.forEach((lane, bounds) -> assertTrue(lanes.size(lane) <= bounds.items() + SLOTS + RESERVED,
                "a lane keeps its bound, but for who was put back"));
    }

    /** What a sequence loses when it is displaced goes through the model again, or is found again. */
    private void seeWhoIsDisplaced() {
        inFlight.removeIf(each -> each.answer().outcome() != null);
        for (Sequence each : inFlight) {
            Integer before = each.cached() == 0 ? cached.remove(each) : cached.put(each, each.cached());
            again += each.cached() == 0 && before != null ? before : 0;
        }
    }

    /** What was put through the model is what the prompts and answers needed and did not find. */
    private void tokensAreAccountedFor() {
        long prompts = 0;
        long answers = 0;
        for (Served each : accepted) {
            if (each.answer().outcome() == Outcome.OK) {
                prompts += each.what().prompt().length;
                answers += each.answer().usage().completionTokens() - 1;
                assertEquals(each.what().answer(), each.answer().usage().completionTokens());
            } else {
                assertEquals(Reason.DEADLINE, each.answer().refusal().reason());
                assertEquals(0, each.answer().firstTokenNanos(), "who was refused had not begun");
            }
        }
        long worked = engine.prefilled + engine.decoded + batcher.foundTokens();
        assertEquals(prompts + answers, worked - again, "tokens of all prompts and answers");
    }

    /** Mean over the time inside steps. */
    double fragmentation() {
        return fragmentation / (engine.busyMs * 1e6);
    }

    double longestStepMs() {
        return engine.longestMs;
    }

    /** Of all lanes. */
    List<Double> firstTokens() {
        return accepted.stream().filter(each -> each.answer().firstTokenNanos() != 0).map(Served::firstToken).sorted().toList();
    }

    double busyMs() {
        return engine.busyMs;
    }

    List<Double> firstTokens(Lane lane) {
        return accepted.stream().filter(each -> each.lane() == lane && each.answer().firstTokenNanos() != 0)
                .map(Served::firstToken).sorted().toList();
    }

    static double quantile(List<Double> sorted, double part) {
        return sorted.isEmpty() ? Double.NaN : sorted.get((int) Math.min(sorted.size() - 1, part * sorted.size()));
    }

    String row(String name) {
        StringBuilder row = new StringBuilder("%-22s".formatted(name));
        for (Lane lane : List.of(Lane.P0, Lane.P1, Lane.P3)) {
            List<Double> all = firstTokens(lane);
            row.append(" | %5d %8.0f %8.0f".formatted(all.size(), quantile(all, 0.5), quantile(all, 0.99)));
        }
        return row.append(" | %7.1f %6.1f %7d %8d %8d %6.2f %5d".formatted((engine.decoded + engine.prefilled) / (engine.busyMs / 1e3),
                running / (double) steps, refused, batcher.foundTokens(), batcher.pauses(), 100 * fragmentation(), interrupted)).toString();
    }
}
