package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.batch.CountingEngine.Cost;
import io.millrace.ejb.batch.Service.Waits;
import io.millrace.ejb.batch.Traffic.Arrival;
import io.millrace.ejb.lane.Lane;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What an idle engine gains and loses by waiting for more requests before it begins. Prints its figures. */
class WaitSimulation {

    private static final int ANSWER = 16;

    @BeforeAll
    static void head() {
        System.out.printf("%-34s | %-26s | %-26s | %-26s%n", "TTFT mean, p99, ms; busy s", "never", "where it is worth it", "always 50 ms");
    }

    /** Each by itself, so far apart that it finds nobody. */
    @Test
    void whoIsAloneNeverWaits() {
        for (Cost cost : List.of(Cost.CPU, Cost.GPU)) {
            List<Arrival> alone = new ArrayList<>();
            for (int i = 0; i < 50; i++) {
                alone.add(arrival(i * 20.0, 8 + i % 100));
            }
            List<Double> never = row(cost.name() + " one client", cost, alone, 1).getFirst().firstTokens();
            Service worth = new Service(cost, Waits.WHERE_WORTH_IT);
            worth.serve(alone, 1);
            assertEquals(never, worth.firstTokens(), "a client alone hears as soon as if there were no waiting");
        }
    }

    @Test
    void drawnArrivals() {
        for (Cost cost : List.of(Cost.CPU, Cost.GPU)) {
            for (double load : new double[] {0.1, 0.3, 0.6, 0.9}) {
                List<Arrival> arrivals = Traffic.drawn(3, 1_000);
                waitingHurtsNobody(row(cost.name() + " drawn x" + load, cost, arrivals, Service.stretch(arrivals, load, cost)));
            }
        }
    }

    /** Several at almost the same time, again and again. */
    @Test
    void bursts() {
        for (Cost cost : List.of(Cost.CPU, Cost.GPU)) {
            for (int prompt : new int[] {8, 30, 150}) {
                for (double gapMs : new double[] {0.2, 1, 4}) {
                    SplittableRandom random = new SplittableRandom(5);
                    List<Arrival> arrivals = new ArrayList<>();
                    for (int burst = 0; burst < 100; burst++) {
                        double seconds = burst * 30;
                        for (int i = 0; i < 8; i++) {
                            arrivals.add(arrival(seconds, prompt));
                            seconds -= gapMs / 1e3 * Math.log(1 - random.nextDouble());
                        }
                    }
                    waitingHurtsNobody(row("%s 8 of %d, %.1f ms apart".formatted(cost.name(), prompt, gapMs), cost, arrivals, 1));
                }
            }
        }
    }

    private static void waitingHurtsNobody(List<Service> services) {
        double never = mean(services.getFirst());
        double worth = mean(services.get(1));
        assertTrue(worth <= 1.01 * never, "mean TTFT " + worth + " ms, without waiting " + never);
    }

    private static List<Service> row(String name, Cost cost, List<Arrival> arrivals, double stretch) {
        List<Service> services = new ArrayList<>();
        StringBuilder row = new StringBuilder("%-34s".formatted(name));
        for (Waits waits : Waits.values()) {
            Service service = new Service(cost, waits);
            service.serve(arrivals, stretch);
            row.append(" | %8.2f %8.2f %8.1f".formatted(mean(service), Service.quantile(service.firstTokens(), 0.99), service.busyMs() / 1e3));
            services.add(service);
        }
        System.out.println(row);
        return services;
    }

    private static double mean(Service service) {
        return service.firstTokens().stream().mapToDouble(each -> each).average().orElseThrow();
    }

    private static Arrival arrival(double seconds, int prompt) {
        return new Arrival(seconds, Lane.P1, new SplittableRandom(Double.hashCode(seconds)).ints(prompt).toArray(), ANSWER);
    }
}
