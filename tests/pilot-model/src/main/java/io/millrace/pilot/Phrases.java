package io.millrace.pilot;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;

/**
 * A small grammar of phrases: {@code (a|b)} is one of them, {@code [a]} may be left out, <code>{name}</code> is a phrase
 * of that name; they nest. Immutable.
 */
final class Phrases {

    private final Map<String, String> named;

    Phrases(Map<String, String> named) {
        this.named = Map.copyOf(named);
    }

    /** One phrase at random, with single spaces. */
    String one(String pattern, Random random) {
        StringBuilder out = new StringBuilder();
        new Reading(pattern, random).sequence(out);
        return out.toString().replaceAll(" +", " ").replaceAll(" ([?,.!])", "$1").strip();
    }

    private final class Reading {
        private final String pattern;
        private final Random random;
        private int at;

        Reading(String pattern, Random random) {
            this.pattern = pattern;
            this.random = random;
        }

        /** Up to the end, a bar or a closing bracket. */
        void sequence(StringBuilder out) {
            while (at < pattern.length() && "|)]".indexOf(pattern.charAt(at)) < 0) {
                char c = pattern.charAt(at++);
                switch (c) {
                    case '(' -> choice(out, false);
                    case '[' -> choice(out, true);
                    case '{' -> name(out);
                    default -> out.append(c);
                }
            }
        }

        private void choice(StringBuilder out, boolean optional) {
            List<String> choices = new ArrayList<>();
            char end;
            do {
                StringBuilder one = new StringBuilder();
                sequence(one);
                choices.add(one.toString());
                if (at == pattern.length()) {
                    throw new IllegalArgumentException("a bracket isn't closed in: " + pattern);
                }
                end = pattern.charAt(at++);
            } while (end == '|');
            if (!optional || random.nextBoolean()) {
                out.append(choices.get(random.nextInt(choices.size())));
            }
        }

        private void name(StringBuilder out) {
            int end = pattern.indexOf('}', at);
            String name = pattern.substring(at, end);
            at = end + 1;
            if (!named.containsKey(name)) {
                throw new IllegalArgumentException("nothing is named " + name + " in: " + pattern);
            }
            new Reading(named.get(name), random).sequence(out);
        }
    }
}
