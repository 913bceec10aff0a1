package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.millrace.ejb.batch.CountingEngine.Cost;
import io.millrace.ejb.batch.Traffic.Arrival;
import io.millrace.ejb.lane.Lane;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * How long requests wait, lane by lane, when there are half as many, as many and four times as many as can be served.
 * 5 % are of lane P0, 15 % of P1, 80 % of P3. Real arrivals are taken from {@code -Dcorpus=FOLDER}, else from {@code
 * ../shared/data} beside the checkout, and left out where they are not. Times are those of the simulation's clock.
 */
class ServingSimulation {

    private static final Path CORPUS = Path.of(System.getProperty("corpus",
            Path.of(System.getProperty("millrace.root", "..")).resolve("../shared/data").toString())).normalize();
    private static final double OVERLOAD = 4;
    private static final List<Lane> SHARING = List.of(Lane.P1, Lane.P2, Lane.P3);

    @BeforeAll
    static void head() {
        System.out.printf("%-22s | %-23s | %-23s | %-23s | %7s %6s %7s %8s %8s %6s %5s%n", "TTFT, ms", "P0: count, p50, p99",
                "P1", "P3", "token/s", "batch", "refused", "found", "pauses", "frag %", "cuts");
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2})
    void drawnArrivals(long seed) {
        run("drawn " + seed, Traffic.drawn(seed, 1_500));
    }

    @Test
    void azureChats() throws IOException {
        assumeTrue(Files.isDirectory(CORPUS), CORPUS + " is not there");
        run("Azure", Traffic.azure(CORPUS, 800));
    }

    @Test
    void mooncakeConversations() throws IOException {
        assumeTrue(Files.isDirectory(CORPUS), CORPUS + " is not there");
        run("Mooncake", Traffic.mooncake(CORPUS, 600));
    }

    /** Who finds a free slot in an idle engine joins before anything is served: the shares hold there too. */
    @Test
    void aBurstIsSharedOutByWeight() {
        List<Arrival> burst = new ArrayList<>();
        for (int i = 0; i < 300; i++) {
            burst.add(new Arrival(0, SHARING.get(i / 100), new int[64], 32));
        }
        Service service = new Service(Cost.GPU);
        service.serve(burst, 1);
        long first = service.accepted.stream().mapToLong(each -> each.answer().startedNanos()).min().orElseThrow();
        Map<Lane, Long> joined = service.accepted.stream().filter(each -> each.answer().startedNanos() == first)
                .collect(Collectors.groupingBy(Service.Served::lane, Collectors.counting()));
        assertEquals(Map.of(Lane.P1, 21L, Lane.P2, 8L, Lane.P3, 3L), joined, "8 : 3 : 1 of 32 places");
    }

    /** Long prompts take so little of each step that there is room for steps that take longer than was learnt. */
    @Test
    void longPromptsStallAnswersLittle() {
        List<Arrival> arrivals = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            arrivals.add(new Arrival(0, Lane.P1, new int[] {i, 1, 2, 3}, 400));
        }
        double alone = longestGap(arrivals);
        for (int i = 0; i < 3; i++) {
            arrivals.add(new Arrival(20, Lane.P1, new SplittableRandom(i).ints(4_000).toArray(), 8));
        }
        double beside = longestGap(arrivals);
        assertTrue(beside > 1.2 * alone && beside < 1.75 * alone, "ms between tokens: " + alone + ", beside long prompts " + beside);
    }

    /** Of nine in ten. */
    private static double longestGap(List<Arrival> arrivals) {
        Service service = new Service(Cost.CPU);
        service.serve(arrivals, 1);
        return Service.quantile(service.gapsMs.stream().sorted().toList(), 0.9);
    }

    private static void run(String name, List<Arrival> arrivals) {
        for (Cost cost : List.of(Cost.CPU, Cost.GPU)) {
            for (double load : new double[] {0.5, 1, OVERLOAD}) {
                double stretch = Service.stretch(arrivals, load, cost);
                Service service = new Service(cost);
                service.serve(arrivals, stretch);
                System.out.println(service.row(cost.name() + " " + name + " x" + load));
                if (load == OVERLOAD) {
                    Service alone = new Service(cost);
                    alone.serve(arrivals.stream().filter(each -> each.lane() == Lane.P0).toList(), stretch);
                    System.out.println(alone.row(cost.name() + " " + name + " P0 alone"));
                    overloadSparesTheHigherLanes(service, alone, cost);
                }
            }
        }
    }

    /**
     * A critical request waits for the step in progress and for nothing else: others stand back from its own steps and give
     * their cells up for it; where steps are long, that one is mostly cut short. How much sooner P1 is served than P3 is held on the GPU only: where prompts are slow, the batch itself is a queue, in
     * the order of joining, and the lanes have no say in it.
     */
    private static void overloadSparesTheHigherLanes(Service service, Service alone, Cost cost) {
        double critical = Service.quantile(service.firstTokens(Lane.P0), 0.99);
        double unloaded = Service.quantile(alone.firstTokens(Lane.P0), 0.99);
        assertTrue(critical <= unloaded + service.longestStepMs(), "P0 " + critical + " ms, alone " + unloaded);
        double usual = Service.quantile(service.firstTokens(Lane.P0), 0.5);
        double usualAlone = Service.quantile(alone.firstTokens(Lane.P0), 0.5);
        assertTrue(cost == Cost.GPU || usual <= 1.05 * usualAlone, "P0 mostly " + usual + " ms, alone " + usualAlone);
        assertTrue(!service.firstTokens(Lane.P3).isEmpty(), "bulk is served too");
        assertTrue(service.fragmentation() <= 0.08, "cells of no use: " + service.fragmentation());
        double interactive = Service.quantile(service.firstTokens(Lane.P1), 0.5);
        double bulk = Service.quantile(service.firstTokens(Lane.P3), 0.5);
        assertTrue(cost == Cost.CPU || interactive < bulk / 4, "P1 " + interactive + " ms, P3 " + bulk);
    }
}
