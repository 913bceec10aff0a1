package io.millrace.ejb.region;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import jakarta.json.Json;
import jakarta.json.JsonArray;
import jakarta.json.JsonObject;
import java.io.StringReader;
import org.junit.jupiter.api.Test;

class RouteTest {

    private static final long MS = 1_000_000;

    private final Route route = new Route(1_000 * MS);

    private JsonArray json() {
        return Json.createReader(new StringReader(route.json())).readArray();
    }

    @Test
    void tellsWhoServedWhenAndHowItEnded() {
        Route.Leg first = route.leg("beijing-a", 0, 1_001 * MS);
        first.accepted(1_002 * MS);
        first.ended(1_003 * MS, "broken");
        route.leg("shanghai-b", 0, 1_004 * MS);
        JsonObject one = json().getJsonObject(0);
        assertEquals("beijing-a", one.getString("region"));
        assertEquals(1.0, one.getJsonNumber("atMs").doubleValue());
        assertEquals(2.0, one.getJsonNumber("acceptedMs").doubleValue());
        assertEquals(3.0, one.getJsonNumber("endedMs").doubleValue());
        assertEquals("broken", one.getString("why"));
        JsonObject other = json().getJsonObject(1);
        assertEquals("open", other.getString("why"));
        assertFalse(other.containsKey("acceptedMs") || other.containsKey("endedMs"));
    }

    @Test
    void closesWhatIsOpenWhenTheCallEndsAndNothingElse() {
        route.leg("a", 0, 1_001 * MS).ended(1_002 * MS, "silent");
        Route.Leg last = route.leg("b", 0, 1_003 * MS);
        route.close(1_009 * MS, "complete");
        last.ended(1_010 * MS, "cancelled");
        assertEquals("silent", json().getJsonObject(0).getString("why"));
        assertEquals("complete", json().getJsonObject(1).getString("why"));
        assertEquals(9.0, json().getJsonObject(1).getJsonNumber("endedMs").doubleValue());
    }

    @Test
    void keepsTheFirstAndTheLastOfVeryMany() {
        for (int i = 0; i < 1_000; i++) {
            route.leg("r" + i, 0, 1_000 * MS).ended(1_000 * MS, "broken");
        }
        assertTrue(json().size() == 24 && route.json().length() < 4_000, route.json());
        assertEquals("r0", json().getJsonObject(0).getString("region"));
        assertEquals("r999", json().getJsonObject(23).getString("region"));
    }
}
