package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.ejb.kv.KvFolder;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SplittableRandom;

/** One seeded run of the production lanes and batcher, from the first arrival until nothing is left. */
final class Schedule {

    private static final int MOST_TURNS = 50_000;

    private final SplittableRandom random;
    private final Saboteur saboteur;
    private final Witness witness;
    private final int slots;
    private final int contextTokens;
    private final int stepTokens;
    private final double faultRate;
    private final LaneBounds bounds;
    private final Lanes<Sequence> lanes;
    private final List<SimulatedCall> calls = new ArrayList<>();
    /** Those of which something still waits or runs. */
    private final List<SimulatedCall> open = new ArrayList<>();
    private final Batcher batcher;
    /** Null where nothing goes to the disk. */
    private final KvFolder disk;
    private BatchSettings settings;
    private long mostHostBytes;
    /** Whether the last step computed prompts and no answers. */
    private boolean aloneBefore;
    private boolean cutBefore;
    private SimulatedEngine engine;

    Schedule(long seed, Saboteur saboteur, Map<Happening, Integer> counts) {
        this.saboteur = saboteur;
        witness = new Witness(counts);
        random = new SplittableRandom(seed);
        slots = 1 + random.nextInt(8);
        contextTokens = 16 + random.nextInt(300);
        stepTokens = slots + random.nextInt(40);
        faultRate = random.nextBoolean() ? 0 : 0.01;
        bounds = new LaneBounds(6, random.nextBoolean() ? Long.MAX_VALUE : 1_000, 1);
        LaneBounds used = saboteur.bounds(bounds);
        lanes = new Lanes<>(Map.of(Lane.P0, used, Lane.P1, used, Lane.P2, used, Lane.P3, used));
        engine = fresh();
        settings = settings();
        disk = random.nextInt(4) == 0 ? new KvFolder(random) : null;
        batcher = new Batcher(engine.model(), lanes, settings, disk == null ? Disk.NONE
                : new Disk(disk.store(), Duration.ofNanos(random.nextInt(300)), Duration.ofNanos(random.nextInt(500)), () -> { }));
        batcher.use(engine.kvFormat());
    }

    /** Some slots for all, some for lane P0 alone, some for nobody who runs. */
    private BatchSettings settings() {
        int most = 1 + random.nextInt(slots);
        int reserved = random.nextInt(slots - most + 1);
        return new BatchSettings(1 + random.nextInt(most), most, reserved, most + reserved
                + random.nextInt(stepTokens - most - reserved + 1), 1 + random.nextInt(64), random.nextInt(3) * 1.5,
                Duration.ofNanos(random.nextInt(100)), Duration.ofNanos(random.nextInt(100)), Duration.ofNanos(random.nextInt(10)),
                random.nextInt(3) / 2.0, random.nextDouble(), random.nextInt(3) * 1_000L, KvType.F16, random.nextBoolean());
    }

    private SimulatedEngine fresh() {
        return new SimulatedEngine(slots, contextTokens, stepTokens, new Faults(random.nextLong(), faultRate / 4, faultRate,
                faultRate, faultRate / 4, 10 * faultRate, 10 * faultRate, 2 * faultRate));
    }

    /** How its calls ended. */
    List<Outcome> run() throws InterruptedException {
        try {
            return serve();
        } finally {
            if (disk != null) {
                disk.close();
            }
        }
    }

    private List<Outcome> serve() throws InterruptedException {
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
            if (random.nextInt(300) == 0) {
                engine = fresh();
                witness.engineChanged();
                batcher.engineChanged();
                assertEquals(0, batcher.hostBytes(), "no state of another engine is left");
            }
            if (disk != null) {
                useTheDisk();
            }
            admit(now);
            step(now);
            invariants();
        }
        for (SimulatedCall call : calls) {
            call.check();
            Answer answer = call.answer;
            witness.saw(Happening.DEADLINE, answer.refusal() != null && answer.refusal().reason() == Reason.DEADLINE ? 1 : 0);
        }
        witness.saw(Happening.PAUSE, batcher.pauses());
        witness.saw(Happening.DISK_RESTORE, batcher.restores());
        if (disk != null) {
            witness.saw(Happening.DISK_SAVE, disk.store().saved());
            witness.saw(Happening.DISK_DAMAGE, disk.store().damaged());
            disk.check();
            batcher.remove(_ -> true);
            disk.rest();
        }
        return calls.stream().map(call -> call.answer.outcome()).toList();
    }

    private void useTheDisk() throws InterruptedException {
        disk.act();
        if (random.nextInt(300) == 0) {
            String conversation = SimulatedCall.conversation(random, "space " + random.nextInt(2));
            if (conversation != null) {
                batcher.forget(conversation);
                disk.forget(conversation);
            }
        }
    }

    private void arrive(long now) {
        SimulatedCall call = new SimulatedCall(random, contextTokens, engine, calls, now);
        Lane lane = call.sequences.getFirst().lane();
        int items = lanes.size(lane) + call.sequences.size();
        long work = lanes.work(lane) + call.sequences.stream().mapToLong(Sequence::work).sum();
        boolean room = items <= bounds.items() && (work <= bounds.work() || lanes.size(lane) == 0);
        boolean taken = saboteur.offer(lanes, lane, call.sequences, now, call.deadline);
        assertEquals(room, taken, "a lane takes what it has room for, and nothing else");
        if (taken) {
            calls.add(call);
            open.add(call);
        }
    }

    private void giveUpOne() {
        if (!calls.isEmpty()) {
            Answer gone = calls.get(random.nextInt(calls.size())).answer;
            batcher.remove(sequence -> sequence.answer() == gone);
            gone.cancelled();
        }
    }

    private void admit(long now) {
        Map<Sequence, SlotId> paused = placed();
        paused.keySet().retainAll(waiting());
        witness.turn(batcher.settled(), placed());
        batcher.admit(now);
        Collection<Sequence> waiting = waiting();
        witness.admitted(paused, waiting);
        for (SimulatedCall call : open) {
            assertTrue(call.answer.startedNanos() != 0 || call.deadline > now || call.sequences.stream().noneMatch(waiting::contains),
                    "nobody waits past his deadline");
        }
    }

    private void step(long now) throws InterruptedException {
        if (batcher.idle()) {
            return;
        }
        StepPlan plan = saboteur.plan(batcher.plan());
        witness.planned(plan, placed());
        everyAnswerGoesOn(plan);
        try {
            StepResult result = saboteur.result(engine.step(plan));
            witness.brought(result);
            cutBefore = result instanceof StepResult.Aborted;
            batcher.apply(plan, result, now, 1 + random.nextInt(100));
        } catch (EngineException e) {
            engine = fresh();
            witness.engineReplaced();
            batcher.engineReplaced();
        }
        for (SimulatedCall call : open) {
            call.read();
        }
        saboteur.after(lanes, live(waiting()));
    }

    /**
     * A step decodes the last token of every running answer that need not stand back, once, and keeps its budget; where answers
     * and prompts are apart, a step for prompts is not followed by another while answers are due, unless fewer than prompts or it was cut short and
     * one of lane P0 waits.
     */
    private void everyAnswerGoesOn(StepPlan plan) {
        Map<SlotId, Integer> decoded = new HashMap<>();
        Set<SlotId> forked = new HashSet<>();
        for (SlotWork item : plan.work()) {
            switch (item) {
                case SlotWork.Decode decode ->
                        assertEquals(null, decoded.put(decode.slot(), decode.token()), "no answer is decoded twice in a step");
                case SlotWork.Prefill prefill ->
                        assertTrue(prefill.tokens().length <= settings.chunk(), "no prompt gets more than a chunk");
                case SlotWork.Fork fork -> forked.add(fork.slot());
                default -> { }
            }
        }
        assertTrue(plan.tokens() <= Math.max(settings.stepTokens(), decoded.size()), "a step keeps its budget");
        Collection<Sequence> waiting = waiting();
        boolean critical = placed().keySet().stream().anyMatch(each -> each.lane() == Lane.P0 && !waiting.contains(each)
                && (!each.decoding() || forked.contains(each.slot())));
        List<Sequence> due = live(waiting).stream().filter(each -> each.decoding() && !forked.contains(each.slot())
                && (each.lane() == Lane.P0 || !critical)).toList();
        boolean prompts = plan.tokens() > decoded.size();
        assertTrue(settings.mixed() || !prompts || decoded.isEmpty(), "answers and prompts have steps of their own");
        boolean alone = !settings.mixed() && prompts;
        // prompts whose call is over run until they notice
        int others = batcher.running() - due.size();
        boolean again = cutBefore && critical;
        assertTrue(!alone || !aloneBefore || again || others > due.size() || due.isEmpty(), "answers take turns with prompts");
        aloneBefore = prompts && decoded.isEmpty();
        for (Sequence each : due) {
            assertTrue(alone || decoded.getOrDefault(each.slot(), -1) == each.lastToken(), "every answer goes on in every step of answers");
        }
    }

    /** Everybody who waits; looks and takes nothing out. */
    private Collection<Sequence> waiting() {
        Set<Sequence> waiting = new LinkedHashSet<>();
        lanes.removeIf(each -> {
            assertTrue(waiting.add(each), "nobody waits twice");
            return false;
        });
        return waiting;
    }

    /** Who should run: somebody waits for it, and it waits for nothing. */
    private List<Sequence> live(Collection<Sequence> waiting) {
        List<Sequence> live = new ArrayList<>();
        for (SimulatedCall call : open) {
            call.live().stream().filter(each -> !waiting.contains(each)).forEach(live::add);
        }
        return live;
    }

    private Map<Sequence, SlotId> placed() {
        Map<Sequence, SlotId> placed = new HashMap<>();
        for (SimulatedCall call : open) {
            for (Sequence each : call.sequences) {
                if (each.slot() != null) {
                    placed.put(each, each.slot());
                }
            }
        }
        return placed;
    }

    private void invariants() {
        open.removeIf(SimulatedCall::isOver);
        Map<Sequence, SlotId> placed = placed();
        assertEquals(placed.size(), new HashSet<>(placed.values()).size(), "nobody shares a slot");
        List<Sequence> live = live(waiting());
        assertTrue(live.size() <= batcher.running() && placed.keySet().containsAll(live), "nobody is lost");
        assertTrue(batcher.running() + batcher.paused() == placed.size(), "nobody runs twice");
        assertEquals(batcher.running(), lanes.taken(), "who runs is charged, and nobody else");
        assertTrue(batcher.running() + batcher.paused() <= slots, "no more sequences than slots");
        if (batcher.settled()) {
            assertEquals(engine.cellsUsed(), batcher.cellsUsed(), "the cells are those of the engine");
        }
        assertTrue(batcher.cellsUsed() <= contextTokens, "cells within the cache");
        mostHostBytes = Math.max(mostHostBytes, settings.hostBytes());
        assertTrue(batcher.hostBytes() <= mostHostBytes, batcher.hostBytes() + " bytes of host memory");
        assertTrue(batcher.fragmentation() >= 0 && batcher.fragmentation() <= 1, "a part of the cells");
        assertTrue(batcher.cellsKept() >= 0 && batcher.cellsKept() <= batcher.cellsUsed(), "kept cells are used ones");
        if (lanes.size() == 0 && batcher.running() == 0) {
            assertEquals(0, batcher.cellsUsed() - batcher.cellsKept(), "no cell is lost");
            assertEquals(0, batcher.hostBytes(), "no snapshot is lost");
            assertEquals(0, batcher.paused(), "nobody is forgotten");
        }
    }
}
