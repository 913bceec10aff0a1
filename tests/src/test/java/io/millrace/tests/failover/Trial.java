package io.millrace.tests.failover;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.tests.upstream.Story;
import java.io.IOException;
import java.util.Map;

/**
 * One stream, and what befell it.
 *
 * @param faultNanos    when its upstream failed; 0: it did not fail under this stream
 * @param acceptedNanos when the other upstream took it up; 0: it did not
 */
record Trial(String prompt, int words, Told told, long faultNanos, long acceptedNanos) {

    /** Whether a fault fell into it. */
    boolean hit() {
        return faultNanos != 0;
    }

    /** Whether its client saw it fail. */
    boolean failed() {
        return !told.whole();
    }

    /** Whether something is lost, doubled or other than without a fault. */
    boolean differs() {
        return !told.text().equals(Story.ofChat(prompt).words(words));
    }

    /** Whether finish reason, usage or id are not those of one unbroken answer. */
    boolean misreported() {
        int promptWords = ("user: " + prompt).split("\\s+").length;
        return !"length".equals(told.finish()) || told.usage() == null || told.usage().path("completion_tokens").asInt() != words
                || told.usage().path("prompt_tokens").asInt() != promptWords || told.ids().size() != 1;
    }

    boolean right() {
        return !failed() && !differs() && !misreported();
    }

    boolean resumed() {
        return hit() && acceptedNanos > faultNanos;
    }

    /** From the fault to the moment when the other upstream has the request. */
    double overallMs() {
        return (acceptedNanos - faultNanos) / 1e6;
    }

    /**
     * The parts of that time.
     *
     * @param detection from the fault until it was noticed: what is left of the whole
     * @param switching until the next region was asked
     * @param resume    until that region's answer began
     */
    record Parts(double detection, double switching, double resume) {}

    /** As its audit record says; null where that has no one change from {@code from} to {@code to}. */
    Parts parts(Map<String, String> routes, String from, String to) throws IOException {
        String route = routes.get(told.callId());
        JsonNode legs = Told.JSON.readTree(route == null ? "[]" : route);
        for (int i = 1; i < legs.size(); i++) {
            JsonNode left = legs.get(i - 1);
            JsonNode taken = legs.get(i);
            if (left.path("region").asText().equals(from) && taken.path("region").asText().equals(to) && taken.has("acceptedMs")) {
                double switching = taken.path("atMs").asDouble() - left.path("endedMs").asDouble();
                double resume = taken.path("acceptedMs").asDouble() - taken.path("atMs").asDouble();
                return new Parts(overallMs() - switching - resume, switching, resume);
            }
        }
        return null;
    }

    @Override
    public String toString() {
        return prompt + ": status " + told.status() + ", done " + told.done() + ", clean " + told.clean() + ", error " + told.error() + ", finish "
                + told.finish() + ", usage " + told.usage() + ", ids " + told.ids().size() + ", words " + told.text().split(" ").length
                + (differs() ? " WRONG from character " + common() : "") + ", call " + told.callId();
    }

    private int common() {
        String right = Story.ofChat(prompt).words(words);
        int at = 0;
        while (at < Math.min(right.length(), told.text().length()) && right.charAt(at) == told.text().charAt(at)) {
            at++;
        }
        return at;
    }
}
