package io.millrace.tests.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;

/** Those that are armed, and those that happened. Thread-safe. */
final class Faults {

    private static final int MOST = 10_000;

    private final List<Fault> armed = new ArrayList<>();
    private final ArrayNode happened = Asked.JSON.createArrayNode();

    /**
     * Arms {@code {"kind", "after", "times", "containing", "clear"}}; kind {@code none} arms nothing, {@code clear} forgets
     * those that are armed before.
     */
    synchronized void arm(JsonNode json) {
        if (json.path("clear").asBoolean() || json.path("kind").asText().equals("none")) {
            armed.clear();
        }
        for (int i = 0; i < json.path("times").asInt(1) && json.has("kind") && !json.path("kind").asText().equals("none"); i++) {
            if (armed.size() >= MOST) {
                throw new IllegalArgumentException("more than " + MOST + " faults are armed");
            }
            armed.add(Fault.of(json));
        }
    }

    /** The fault that this request meets, which is then armed no longer; null: none. */
    synchronized Fault take(Asked asked) {
        for (Iterator<Fault> each = armed.iterator(); each.hasNext(); ) {
            Fault fault = each.next();
            if (asked.prompt().contains(fault.containing())) {
                each.remove();
                return fault;
            }
        }
        return null;
    }

    synchronized void happens(Fault fault, Journal.Entry request) {
        if (happened.size() >= MOST) {
            happened.remove(0);
        }
        happened.addObject().put("kind", fault.kind().word()).put("request", request.id())
                .put("prompt", request.prompt()).put("given", request.given()).put("nanos", System.nanoTime());
    }

    synchronized String happened() {
        return happened.toString();
    }
}
