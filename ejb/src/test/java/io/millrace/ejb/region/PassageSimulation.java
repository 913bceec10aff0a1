package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.flow.Answer.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.Semaphore;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/**
 * Drives production passages, gates and breakers through thousands of seeded journeys over regions that fail in every way.
 * What a reader gets must be, to the letter, the one right answer or its beginning and a failure. Threads are real, so a
 * seed repeats what happens but not always when: {@code -Dmillrace.simulation.seed=N} runs one many times. {@link
 * PassageSimulationSeesTest} shows that it sees what it should.
 */
class PassageSimulation {

    private static final int JOURNEYS = Integer.getInteger("millrace.simulation.journeys", 6_000);
    private static final int AT_ONCE = 200;
    private static final AtomicInteger continued = new AtomicInteger();
    private static final AtomicLong hedges = new AtomicLong();
    private static final AtomicLong hedgesWon = new AtomicLong();
    private static final Logger LOG = Logger.getLogger("io.millrace.ejb.region");

    @BeforeAll
    static void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        LOG.setLevel(null);
    }

    @Test
    void everyAnswerIsTheRightOneOrFails() throws Exception {
        Long only = Long.getLong("millrace.simulation.seed");
        long first = only == null ? System.nanoTime() : only;
        Map<FakeServers.Fate, AtomicInteger> happened = FakeServers.noFates();
        long began = System.nanoTime();
        System.out.println("passage simulation: seeds " + first + " to " + (first + JOURNEYS - 1));
        Map<String, Integer> outcomes = new java.util.TreeMap<>();
        ExecutionException wrong = null;
        for (Future<List<Outcome>> journey : all(first, only != null, happened)) {
            try {
                journey.get().forEach(outcome -> outcomes.merge(outcome == null ? "REFUSED" : outcome.name(), 1, Integer::sum));
            } catch (ExecutionException e) {
                System.out.println(e.getCause().getMessage());
                wrong = wrong == null ? e : wrong;
            }
        }
        if (wrong != null) {
            throw new AssertionError(wrong.getCause());
        }
        System.out.println("calls by outcome: " + outcomes + " in " + (System.nanoTime() - began) / 1_000_000 + " ms; " + continued + " times an answer went on elsewhere; " + hedges + " hedges, "
                + hedgesWon + " of them won; " + happened);
        if (only == null) {
            assertTrue(continued.get() > JOURNEYS / 2, "answers went on elsewhere");
            assertTrue(hedgesWon.get() > 0 && hedgesWon.get() < hedges.get(), "a second region was asked, and was first or not");
            assertEquals(Outcome.values().length + 1, outcomes.size(), "the journeys reached every outcome");
            happened.forEach((fate, times) -> assertTrue(times.get() > 0, "the journeys reached " + fate));
        }
    }

    private static List<Future<List<Outcome>>> all(long first, boolean same, Map<FakeServers.Fate, AtomicInteger> happened) {
        Semaphore places = new Semaphore(AT_ONCE);
        List<Future<List<Outcome>>> journeys = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (int i = 0; i < JOURNEYS; i++) {
                long seed = same ? first : first + i;
                places.acquireUninterruptibly();
                journeys.add(threads.submit(() -> {
                    try {
                        Journey journey = new Journey(seed, new Mischief(), happened);
                        List<Outcome> outcomes = journey.run();
                        continued.addAndGet(journey.continued());
                        hedges.addAndGet(journey.hedges()[0]);
                        hedgesWon.addAndGet(journey.hedges()[1]);
                        return outcomes;
                    } catch (AssertionError | RuntimeException e) {
                        throw new ExecutionException("journey " + seed + " (repeat with -Dmillrace.simulation.seed=" + seed + "): " + e.getMessage(), e);
                    } finally {
                        places.release();
                    }
                }));
            }
        }
        return journeys;
    }
}
