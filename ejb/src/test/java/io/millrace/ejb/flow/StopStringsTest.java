package io.millrace.ejb.flow;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import net.jqwik.api.Arbitraries;
import net.jqwik.api.Arbitrary;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.Provide;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class StopStringsTest {

    @Test
    void endsBeforeTheStopStringAndLeaksNoPartOfIt() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertEquals("text ", stops.add("text E"));
        assertEquals("", stops.add("N"));
        assertEquals("", stops.add("D and more"));
        assertTrue(stops.stopped());
        assertEquals("", stops.finish());
    }

    @Test
    void letsAFalseStartGoOn() {
        StopStrings stops = new StopStrings(List.of("END"));
        assertEquals("", stops.add("EN"));
        assertEquals("ENENQ", stops.add("ENQ"));
        assertFalse(stops.stopped());
    }

    @Property
    void textWithoutAStopComesOutWhole(@ForAll("texts") String text, @ForAll @IntRange(min = 1, max = 4) int piece) {
        assertEquals(text, run(new StopStrings(List.of("xyz", "zz")), text, piece));
    }

    @Property
    void outputIsThePrefixBeforeTheFirstStopThatCompletes(@ForAll("texts") String text, @ForAll("stops") List<String> stops) {
        StopStrings under = new StopStrings(stops);
        String out = run(under, text, 1);
        int[] cut = firstCompleted(text, stops);
        assertEquals(cut == null ? text : text.substring(0, cut[0]), out);
        assertEquals(cut != null, under.stopped());
    }

    @Property
    void noPieceSizeLeaksAStop(@ForAll("texts") String text, @ForAll("stops") List<String> stops,
                               @ForAll @IntRange(min = 1, max = 9) int piece) {
        StopStrings under = new StopStrings(stops);
        String out = run(under, text, piece);
        assertTrue(text.startsWith(out));
        stops.forEach(stop -> assertFalse(out.contains(stop)));
        assertEquals(stops.stream().anyMatch(text::contains), under.stopped());
    }

    private static String run(StopStrings stops, String text, int piece) {
        StringBuilder out = new StringBuilder();
        for (int at = 0; at < text.length() && !stops.stopped(); at += piece) {
            out.append(stops.add(text.substring(at, Math.min(text.length(), at + piece))));
        }
        return out.append(stops.finish()).toString();
    }

    /** Start and end of the stop string that completes first; of several, the one that began first. */
    private static int[] firstCompleted(String text, List<String> stops) {
        for (int end = 1; end <= text.length(); end++) {
            int start = Integer.MAX_VALUE;
            for (String stop : stops) {
                if (text.substring(0, end).endsWith(stop)) {
                    start = Math.min(start, end - stop.length());
                }
            }
            if (start != Integer.MAX_VALUE) {
                return new int[] {start, end};
            }
        }
        return null;
    }

    @Provide
    Arbitrary<String> texts() {
        return Arbitraries.strings().withChars('a', 'b', 'c').ofMaxLength(40);
    }

    @Provide
    Arbitrary<List<String>> stops() {
        return Arbitraries.strings().withChars('a', 'b', 'c').ofMinLength(1).ofMaxLength(5).list().ofMinSize(1).ofMaxSize(4);
    }
}
