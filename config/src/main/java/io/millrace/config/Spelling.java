package io.millrace.config;

import java.util.Collection;
import java.util.Comparator;

/** Finds what somebody meant who mistyped a name. */
final class Spelling {
    private Spelling() {}

    /** The known name that takes the fewest edits; the first in the alphabet among equals. */
    static String nearest(String typed, Collection<String> known) {
        return known.stream()
                .min(Comparator.comparingInt((String name) -> edits(typed, name)).thenComparing(Comparator.naturalOrder()))
                .orElseThrow();
    }

    /** Insertions, deletions and substitutions that turn one text into the other (Levenshtein). */
    static int edits(String from, String to) {
        int[] row = new int[to.length() + 1];
        for (int j = 0; j <= to.length(); j++) {
            row[j] = j;
        }
        for (int i = 1; i <= from.length(); i++) {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.length(); j++) {
                int substitution = diagonal + (from.charAt(i - 1) == to.charAt(j - 1) ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.min(substitution, 1 + Math.min(row[j], row[j - 1]));
            }
        }
        return row[to.length()];
    }
}
