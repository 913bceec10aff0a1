package io.millrace.ejb.flow;

import java.util.List;

/**
 * Lets text through until a stop string appears, and never lets a part of one through: text that could become a stop
 * string waits until it has or can't any more. Owned by one thread.
 */
final class StopStrings {

    private final List<String> stops;
    private final StringBuilder held = new StringBuilder();
    private boolean stopped;

    StopStrings(List<String> stops) {
        this.stops = stops;
    }

    /** What may leave now; after {@link #stopped} everything before the stop string has left. */
    String add(String text) {
        if (stops.isEmpty()) {
            return text;
        }
        held.append(text);
        int stop = earliestStop();
        if (stop >= 0) {
            stopped = true;
            return release(stop);
        }
        return release(held.length() - longestPossibleStart());
    }

    boolean stopped() {
        return stopped;
    }

    /** What was held back, at an end that is no stop string. */
    String finish() {
        return stopped ? "" : release(held.length());
    }

    /** Forgets what is held back, for it will come again; answers how much that is. */
    int forget() {
        return release(held.length()).length();
    }

    private String release(int length) {
        String free = held.substring(0, length);
        held.delete(0, length);
        return free;
    }

    private int earliestStop() {
        int earliest = -1;
        for (String stop : stops) {
            int at = held.indexOf(stop);
            if (at >= 0 && (earliest < 0 || at < earliest)) {
                earliest = at;
            }
        }
        return earliest;
    }

    /** Length of the longest tail that is the beginning of a stop string. */
    private int longestPossibleStart() {
        int longest = 0;
        for (String stop : stops) {
            for (int length = Math.min(stop.length() - 1, held.length()); length > longest; length--) {
                if (tailIsStartOf(stop, length)) {
                    longest = length;
                }
            }
        }
        return longest;
    }

    private boolean tailIsStartOf(String stop, int length) {
        int from = held.length() - length;
        for (int i = 0; i < length; i++) {
            if (held.charAt(from + i) != stop.charAt(i)) {
                return false;
            }
        }
        return true;
    }
}
