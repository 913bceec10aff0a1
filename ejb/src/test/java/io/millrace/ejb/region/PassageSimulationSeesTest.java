package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The simulation finds each of the faults it is there for: what it would not see broken, it doesn't watch. */
class PassageSimulationSeesTest {

    private static final int JOURNEYS = 300;
    private static final Logger LOG = Logger.getLogger("io.millrace.ejb.region");

    @BeforeAll
    static void quiet() {
        LOG.setLevel(Level.OFF);
    }

    @AfterAll
    static void loud() {
        LOG.setLevel(null);
    }

    @ParameterizedTest
    @EnumSource
    void whatIsWrong(Sabotage sabotage) throws InterruptedException {
        List<Future<?>> journeys = new ArrayList<>();
        try (ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor()) {
            for (long i = 0; i < JOURNEYS; i++) {
                long seed = i;
                journeys.add(threads.submit(() -> new Journey(seed, sabotage.mischief(), FakeServers.noFates()).run()));
            }
        }
        Map<String, Integer> by = new TreeMap<>();
        for (Future<?> journey : journeys) {
            try {
                journey.get();
            } catch (ExecutionException e) {
                by.merge(brief(e.getCause()), 1, Integer::sum);
            }
        }
        int caught = by.values().stream().mapToInt(each -> each).sum();
        System.out.println(sabotage + ": seen in " + caught + " of " + JOURNEYS + " journeys by " + by);
        assertTrue(caught > 0, "the simulation doesn't see " + sabotage);
    }

    private static String brief(Throwable seen) {
        String message = seen.getClass().getSimpleName() + " " + seen.getMessage();
        return message.replaceAll("'[^']*'", "..").replaceAll(" ==>.*|-?\\d+", "").replaceAll("(?s)(.{60}).*", "$1");
    }
}
