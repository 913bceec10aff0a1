package io.millrace.tests.upstream;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.Locale;

/**
 * What is to go wrong with a request.
 *
 * @param after      words of this answer that come before it; -1: nothing comes, not even the head
 * @param containing hits only requests whose prompt contains it; empty: any
 */
public record Fault(Kind kind, int after, String containing) {

    /** How an answer ends too early. */
    public enum Kind {
        /** The connection is reset. */
        RESET,
        /** Status 500, or after the first word an error object in the stream, as llama.cpp's server has it. */
        STATUS500,
        /** A byte comes now and then, and never a whole event. */
        TRICKLE,
        /** A broken event in place of a word, and then the next word as if nothing had been. */
        GARBAGE,
        /** The answer ends cleanly in the middle, without a finish reason. */
        CLOSE,
        /** Nothing more comes, and the connection stays. */
        SILENCE;

        public static Kind of(String name) {
            return valueOf(name.toUpperCase(Locale.ROOT));
        }

        public String word() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    static Fault of(JsonNode json) {
        return new Fault(Kind.of(json.path("kind").asText()), json.path("after").asInt(0), json.path("containing").asText(""));
    }
}
