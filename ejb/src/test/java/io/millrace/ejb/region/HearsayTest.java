package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.config.Regions.Cost;
import io.millrace.config.Regions.Dialect;
import io.millrace.config.Regions.Http;
import io.millrace.ejb.cluster.MapShelf;
import io.millrace.ejb.region.Breaker.Severity;
import io.millrace.ejb.region.Breaker.State;
import java.net.URI;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class HearsayTest {

    private static final long MS = 1_000_000;

    private final MapShelf shelf = new MapShelf();
    private final Set<String> nodes = new HashSet<>(Set.of("a", "b"));
    private final Hearsay a = new Hearsay(shelf, "a", () -> nodes);
    private final Hearsay b = new Hearsay(shelf, "b", () -> nodes);
    private final Region atA = region();
    private final Region atB = region();

    private static Region region() {
        return new Region(new io.millrace.config.Regions.Region("r", Optional.of(URI.create("http://127.0.0.1:1/v1")), Dialect.AUTO, Map.of(),
                Optional.empty(), Optional.empty(), Optional.empty(), Http.AUTO, 1, 1, Cost.ONDEMAND, "", Optional.empty()), 0, null, null, null, null);
    }

    private static void fail(Region region, long ms) {
        region.breaker().failed(region.breaker().enter(ms * MS), ms * MS, Severity.WHOLE_REGION);
    }

    private void exchange(long ms) {
        a.exchange(List.of(atA), ms * MS, ms);
        b.exchange(List.of(atB), ms * MS, ms);
        a.exchange(List.of(atA), ms * MS, ms);
    }

    @Test
    void whatOneNodeFoundFailingTheOthersKeepAwayFrom() {
        exchange(0);
        fail(atA, 100);
        exchange(100);
        assertEquals(State.OPEN, atB.breaker().state());
        assertEquals(Breaker.FIRST_PAUSE_MS, atB.breaker().leftMillis(100 * MS));
        assertEquals(0, atB.breaker().opened(), "it found nothing itself");
    }

    @Test
    void eachNodeTriesForItself() {
        fail(atA, 0);
        exchange(0);
        long later = Breaker.FIRST_PAUSE_MS + 1;
        fail(atA, later);
        atB.breaker().succeeded(atB.breaker().enter(later * MS), later * MS);
        exchange(later);
        assertEquals(State.OPEN, atA.breaker().state());
        assertEquals(State.CLOSED, atB.breaker().state(), "a failed trial elsewhere is no news");
    }

    @Test
    void oldNewsIsNoNews() {
        fail(atA, 0);
        a.exchange(List.of(atA), 0, 0);
        b.exchange(List.of(atB), 10_000 * MS, 10_000);
        assertEquals(State.CLOSED, atB.breaker().state());
    }
}
