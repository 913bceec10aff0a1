package io.millrace.connector.llama;

import java.util.BitSet;
import java.util.List;
import java.util.Map;

/**
 * Which rules a rule of a {@link Grammar} can begin with: none may begin with itself, and neither their depth nor their
 * number may be such that llama.cpp's recursion overflows or never ends. Used once.
 */
final class GrammarBeginnings {

    /** Rules that may begin one inside the other. */
    private static final int DEEPEST = 256;
    /** Ways in which a text of one rule may begin. */
    private static final long MOST_WAYS = 100_000;

    private final List<List<Integer>> rules;
    private final Map<String, Integer> names;
    private final BitSet nullable;
    private final BitSet under = new BitSet();
    private final long[] ways;

    /**
     * @param rules elements of each rule: numbers of rules, {@link Grammar#TERMINAL}, {@link Grammar#ALTERNATIVE}
     * @param names numbers of the rules that have a name
     */
    GrammarBeginnings(List<List<Integer>> rules, Map<String, Integer> names) {
        this.rules = rules;
        this.names = names;
        this.nullable = nullable();
        this.ways = new long[rules.size()];
    }

    void check() throws Grammar.Fault {
        for (int rule = 0; rule < rules.size(); rule++) {
            ways(rule, 0);
        }
    }

    private long ways(int rule, int depth) throws Grammar.Fault {
        if (under.get(rule)) {
            throw new Grammar.Fault("a rule begins with itself (left recursion)" + nameOf(rule));
        }
        if (depth > DEEPEST) {
            throw new Grammar.Fault("more than " + DEEPEST + " rules begin inside each other");
        }
        if (ways[rule] > 0) {
            return ways[rule];
        }
        under.set(rule);
        long sum = 1;
        boolean beginning = true;
        for (int element : rules.get(rule)) {
            if (element == Grammar.ALTERNATIVE) {
                beginning = true;
            } else if (beginning) {
                sum += element == Grammar.TERMINAL ? 0 : ways(element, depth + 1);
                beginning = element != Grammar.TERMINAL && nullable.get(element);
            }
            if (sum > MOST_WAYS) {
                throw new Grammar.Fault("it is too ambiguous: a rule can begin in more than " + MOST_WAYS + " ways");
            }
        }
        under.clear(rule);
        ways[rule] = sum;
        return sum;
    }

    private String nameOf(int rule) {
        return names.entrySet().stream().filter(entry -> entry.getValue() == rule)
                .map(entry -> ": " + entry.getKey()).findFirst().orElse("");
    }

    private BitSet nullable() {
        BitSet found = new BitSet(rules.size());
        for (boolean more = true; more;) {
            more = false;
            for (int rule = rules.size() - 1; rule >= 0; rule--) {
                if (!found.get(rule) && canBeEmpty(rules.get(rule), found)) {
                    found.set(rule);
                    more = true;
                }
            }
        }
        return found;
    }

    private static boolean canBeEmpty(List<Integer> rule, BitSet nullable) {
        boolean empty = true;
        for (int element : rule) {
            if (element == Grammar.ALTERNATIVE) {
                if (empty) {
                    return true;
                }
                empty = true;
            } else {
                empty &= element != Grammar.TERMINAL && nullable.get(element);
            }
        }
        return empty;
    }
}
