package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.StepPlan;
import io.millrace.connector.engine.StepResult;
import io.millrace.connector.simulated.Faults;
import io.millrace.connector.simulated.SimulatedEngine;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class BatchLoopTest {

    private static final Sequence.Origin ORIGIN = new Sequence.Origin("tenant", "tenant");
    private static final Duration STEP_TIMEOUT = Duration.ofMillis(500);

    private final BlockingQueue<Answer> ended = new LinkedBlockingQueue<>();
    private final AtomicInteger opened = new AtomicInteger();
    private BatchLoop loop;
    private Thread thread;

    @AfterEach
    void stop() throws InterruptedException {
        loop.stop();
        thread.join();
    }

    @Test
    void servesManyCallsFromManyThreads() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        List<Thread> clients = new ArrayList<>();
        for (int client = 0; client < 8; client++) {
            clients.add(Thread.ofVirtual().start(() -> {
                for (int i = 0; i < 50; i++) {
                    while (!offer(answer(20), Lane.P1, Long.MAX_VALUE)) {
                        Thread.onSpinWait();
                    }
                }
            }));
        }
        for (int i = 0; i < 400; i++) {
            assertEquals(Outcome.OK, next().outcome());
        }
        for (Thread client : clients) {
            client.join();
        }
    }

    @Test
    void givesUpACallWhoseReaderIsGoneBeforeTheNextStep() throws InterruptedException {
        Gated gated = new Gated(engine(Faults.none()));
        start(gated, _ -> engine(Faults.none()));
        Answer answer = answer(4_000);
        offer(answer, Lane.P1, Long.MAX_VALUE);
        gated.entered.acquire();
        answer.flow().cancel();
        gated.allowed.release();
        assertEquals(Outcome.CANCELLED, next().outcome());
        assertEquals(1, answer.usage().completionTokens());
        gated.allowed.release(1_000);
    }

    @Test
    void refusesACallWhoseDeadlinePassesWhileItWaits() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        offer(answer(10), Lane.P1, System.nanoTime() - 1);
        assertEquals("DEADLINE", next().refusal().reason().name());
    }

    @Test
    void goesOnWithAFreshEngineWhenOneIsLost() throws InterruptedException {
        start(engine(new Faults(1, 1, 0, 0, 0)), _ -> {
            opened.incrementAndGet();
            return engine(Faults.none());
        });
        offer(answer(30), Lane.P1, Long.MAX_VALUE);
        assertEquals(Outcome.OK, next().outcome());
        assertEquals(1, opened.get());
    }

    @Test
    void anotherKvTypeTakesAnotherEngineInTheMiddleOfAnAnswer() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        offer(answer(60), Lane.P1, Long.MAX_VALUE);
        Answer alone = next();
        loop.stop();
        thread.join();
        List<KvType> types = new CopyOnWriteArrayList<>();
        Gated first = new Gated(engine(Faults.none()));
        start(first, type -> {
            types.add(type);
            return engine(Faults.none());
        });
        offer(answer(60), Lane.P1, Long.MAX_VALUE);
        first.allowed.release(20);
        first.entered.acquire(21);
        loop.use(settings(KvType.BF16, true));
        first.allowed.release();
        Answer changed = next();
        assertEquals(Outcome.OK, changed.outcome());
        assertEquals(alone.textHash(), changed.textHash());
        assertEquals(List.of(KvType.BF16), types);
        assertEquals(0, loop.stats().enginesReplaced(), "none was lost");
    }

    @Test
    void goesOnWithTheKvTypeThereIsWhenTheOtherCannotBeHad() throws InterruptedException {
        start(engine(Faults.none()), _ -> {
            opened.incrementAndGet();
            throw new EngineException(EngineException.Code.OUT_OF_MEMORY, "no room for it");
        });
        loop.use(settings(KvType.F32, true));
        for (int i = 0; i < 3; i++) {
            offer(answer(30), Lane.P1, Long.MAX_VALUE);
            assertEquals(Outcome.OK, next().outcome());
        }
        assertEquals(1, opened.get(), "asked for once");
    }

    private static BatchSettings settings(KvType type, boolean mixed) {
        return new BatchSettings(1, 2, 1, 64, 64, 0, Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO, 1, 0.5,
                Long.MAX_VALUE, type, mixed);
    }

    @Test
    void failsWhatIsInFlightWhenNoEngineOpensAgainAndTakesNothingNew() throws InterruptedException {
        start(engine(new Faults(1, 1, 0, 0, 0)), _ -> {
            throw new EngineException(EngineException.Code.MODEL_MISSING, "gone");
        });
        offer(answer(30), Lane.P1, Long.MAX_VALUE);
        assertEquals(Outcome.FAILED, next().outcome());
        thread.join();
        assertNotNull(loop.deadBecause());
        assertFalse(offer(answer(1), Lane.P1, Long.MAX_VALUE));
    }

    @Test
    void handsOverWhatIsInFlightWhenNoEngineOpensAgain() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        Answer whole = answer(30);
        offer(whole, Lane.P1, Long.MAX_VALUE);
        assertEquals(Outcome.OK, next().outcome());
        BatchLoop second = loop;
        start(new DyingEngine(engine(Faults.none()), 12), _ -> {
            throw new EngineException(EngineException.Code.MODEL_MISSING, "gone");
        });
        Answer[] self = new Answer[1];
        self[0] = new Answer("call", 3, 1, 30, List.of(), loop.tokenizer(), new Flow(1 << 20, () -> { }, () -> { }),
                (answer, choice, said, tokens) -> {
                    answer.use(choice, second.tokenizer(), 3, tokens);
                    return second.goOn(new Sequence(answer, choice, Lane.P1, ORIGIN, Sampling.GREEDY, new int[] {'a', 'b', 'c'}, 8)
                            .after(tokens));
                }, false, ended::add);
        offer(self[0], Lane.P1, Long.MAX_VALUE);
        Answer ending = next();
        assertEquals(Outcome.OK, ending.outcome());
        assertEquals(whole.usage(), ending.usage());
        assertEquals(whole.textHash(), ending.textHash());
        thread.join();
        assertNotNull(loop.deadBecause());
        second.stop();
    }

    @Test
    void cutsAHangingStepShortAndOpensTheEngineAnew() throws InterruptedException {
        start(new Hanging(engine(Faults.none())), _ -> {
            opened.incrementAndGet();
            return engine(Faults.none());
        });
        offer(answer(30), Lane.P1, Long.MAX_VALUE);
        assertEquals(Outcome.OK, next().outcome());
        assertEquals(1, opened.get());
    }

    /** What was cut short is computed again: its text stays what it would have been. */
    @Test
    void aCriticalRequestCutsTheStepShortThatRunsWhenItComes() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        offer(answer(60), Lane.P1, Long.MAX_VALUE);
        String undisturbed = next().textHash();
        loop.stop();
        thread.join();
        start(new Slow(engine(Faults.none())), _ -> {
            opened.incrementAndGet();
            return engine(Faults.none());
        }, settings(KvType.F16, false));
        Answer disturbed = answer(60);
        offer(disturbed, Lane.P1, Long.MAX_VALUE);
        int critical = 0;
        while (loop.stats().stepsInterrupted() == 0) {
            assertTrue(offer(answer(1), Lane.P0, Long.MAX_VALUE));
            assertTrue(next() != disturbed, ++critical + " came and none cut a step short");
        }
        assertEquals(disturbed, next());
        assertEquals(undisturbed, disturbed.textHash());
        assertEquals(0, opened.get(), "no engine is to blame");
    }

    @Test
    void failsWhatItHasWhenItStopsAndOpensNoEngineInPlaceOfAClosedOne() throws InterruptedException {
        Gated closes = new Gated(engine(new Faults(1, 1, 0, 0, 0)));
        start(closes, _ -> {
            opened.incrementAndGet();
            return engine(Faults.none());
        });
        offer(answer(4_000), Lane.P1, Long.MAX_VALUE);
        closes.entered.acquire();
        offer(answer(1), Lane.P1, Long.MAX_VALUE);
        loop.stop();
        assertEquals("SHUTTING_DOWN", next().refusal().reason().name());
        assertEquals("SHUTTING_DOWN", next().refusal().reason().name());
        thread.join();
        assertEquals(0, opened.get());
    }

    @Test
    void drainFinishesWhatItHasAndTakesNothingNew() throws InterruptedException {
        start(engine(Faults.none()), _ -> engine(Faults.none()));
        for (int i = 0; i < 20; i++) {
            assertTrue(offer(answer(50), Lane.P2, Long.MAX_VALUE));
        }
        loop.drain();
        assertFalse(offer(answer(1), Lane.P0, Long.MAX_VALUE));
        thread.join();
        assertEquals(20, ended.stream().filter(answer -> answer.outcome() == Outcome.OK).count());
    }

    /** An engine whose every step waits until it is allowed. */
    private static final class Gated extends WrappedEngine {
        final Semaphore entered = new Semaphore(0);
        final Semaphore allowed = new Semaphore(0);

        Gated(EngineConnection engine) {
            super(engine);
        }

        @Override
        public StepResult step(StepPlan plan) throws EngineException {
            entered.release();
            allowed.acquireUninterruptibly();
            return engine.step(plan);
        }

        @Override
        public void abort() {
            allowed.release(1_000);
        }
    }

    /** An engine whose steps take so long that others come meanwhile. */
    private static final class Slow extends WrappedEngine {
        private static final int TOKEN_MS = 30;
        private final Semaphore aborted = new Semaphore(0);

        Slow(EngineConnection engine) {
            super(engine);
        }

        @Override
        public StepResult step(StepPlan plan) throws EngineException {
            aborted.drainPermits();
            try {
                boolean cut = aborted.tryAcquire(TOKEN_MS * plan.tokens(), TimeUnit.MILLISECONDS);
                return cut ? new StepResult.Aborted(List.of()) : engine.step(plan);
            } catch (InterruptedException e) {
                throw new EngineException(EngineException.Code.ENGINE_LOST, "interrupted");
            }
        }

        @Override
        public void abort() {
            aborted.release();
        }
    }

    /** An engine whose steps never end by themselves. */
    private static final class Hanging extends WrappedEngine {
        final Semaphore aborted = new Semaphore(0);

        Hanging(EngineConnection engine) {
            super(engine);
        }

        @Override
        public StepResult step(StepPlan plan) {
            aborted.acquireUninterruptibly();
            aborted.drainPermits();
            return new StepResult.Aborted(List.of());
        }

        @Override
        public void abort() {
            aborted.release();
        }
    }

    private void start(EngineConnection engine, EngineOpener opener) {
        start(engine, opener, BatchSettings.of(3, 1, 64));
    }

    private void start(EngineConnection engine, EngineOpener opener, BatchSettings settings) {
        loop = new BatchLoop(engine, opener, bounds(32), settings, STEP_TIMEOUT);
        thread = Thread.ofPlatform().start(loop);
        Thread.ofVirtual().start(loop.watch());
    }

    private static Lanes<Sequence> bounds(int items) {
        LaneBounds bounds = new LaneBounds(items, Long.MAX_VALUE, 1);
        return new Lanes<>(Map.of(Lane.P0, bounds, Lane.P1, bounds, Lane.P2, bounds, Lane.P3, bounds));
    }

    private static SimulatedEngine engine(Faults faults) {
        return new SimulatedEngine(4, 8_192, 64, faults);
    }

    private Answer answer(int maxTokens) {
        Answer[] self = new Answer[1];
        Flow flow = new Flow(1 << 20, () -> loop.cancel(self[0]), () -> { });
        self[0] = new Answer("call", 3, 1, maxTokens, List.of(), loop.tokenizer(), flow, ended::add);
        return self[0];
    }

    private boolean offer(Answer answer, Lane lane, long deadlineNanos) {
        return loop.offer(lane, List.of(new Sequence(answer, 0, lane, ORIGIN, Sampling.GREEDY,
                new int[] {'a', 'b', 'c'}, 8)), deadlineNanos);
    }

    private Answer next() throws InterruptedException {
        return ended.poll(20, TimeUnit.SECONDS);
    }
}
