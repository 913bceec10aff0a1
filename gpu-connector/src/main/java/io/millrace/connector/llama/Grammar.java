package io.millrace.connector.llama;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Judges a GBNF grammar before llama.cpp sees it ({@code grammars/README.md}, {@code src/llama-grammar.cpp}).
 *
 * <p>llama.cpp parses by recursion and copies what is repeated, so a few kilobytes can overflow the stack or take
 * gigabytes; its check for left recursion misses rules that are empty in a roundabout way, which later loop for ever,
 * and itself takes exponential time; and it prints a grammar that it can't parse to standard error. Here all that is
 * bounded or refused. Used once, by the thread that runs the step.
 */
final class Grammar {

    /** The rule that a text begins with. */
    static final String ROOT = "root";

    private static final int MOST_CHARACTERS = 1 << 16;
    private static final int MOST_ELEMENTS = 1 << 15;
    private static final int MOST_RULES = 1 << 12;
    private static final int DEEPEST_BRACKETS = 64;
    /** {@code MAX_REPETITION_THRESHOLD} of llama.cpp. */
    private static final int MOST_REPETITIONS = 2000;

    /** An element that takes at least one character; anything from 0 on is the number of a rule. */
    static final int TERMINAL = -1;
    static final int ALTERNATIVE = -2;

    private final String text;
    private final Map<String, Integer> numbers = new HashMap<>();
    private final List<List<Integer>> rules = new ArrayList<>();
    private int at;
    private int elements;

    private Grammar(String text) {
        this.text = text;
    }

    /** Why the grammar can't be used, with the line, or null. */
    static String fault(String text) {
        try {
            new Grammar(text).check();
            return null;
        } catch (Fault e) {
            return e.getMessage();
        }
    }

    /** What is wrong with a grammar. */
    static final class Fault extends Exception {
        private static final long serialVersionUID = 1L;

        Fault(String message) {
            super(message, null, false, false);
        }
    }

    private void check() throws Fault {
        if (text.length() > MOST_CHARACTERS || text.indexOf('\0') >= 0) {
            throw new Fault("it must have at most " + MOST_CHARACTERS + " characters, and no NUL among them");
        }
        space(true);
        while (at < text.length()) {
            rule();
        }
        Integer root = numbers.get(ROOT);
        if (root == null || rules.get(root) == null) {
            throw new Fault("it has no rule " + ROOT);
        }
        requireDefined();
        new GrammarBeginnings(rules, numbers).check();
    }

    private void requireDefined() throws Fault {
        for (Map.Entry<String, Integer> rule : numbers.entrySet()) {
            if (rules.get(rule.getValue()) == null) {
                throw new Fault("the rule " + rule.getKey() + " is used but not defined");
            }
        }
    }

    // ---- syntax ------------------------------------------------------------------------------------------------

    private void rule() throws Fault {
        String name = name();
        int number = number(name);
        space(false);
        expect("::=");
        space(true);
        rules.set(number, alternatives(0));
        if (at < text.length() && peek() != '\n' && peek() != '\r') {
            throw here("expected the end of the line");
        }
        space(true);
    }

    private List<Integer> alternatives(int depth) throws Fault {
        if (depth > DEEPEST_BRACKETS) {
            throw here("more than " + DEEPEST_BRACKETS + " brackets inside each other");
        }
        List<Integer> rule = new ArrayList<>();
        sequence(rule, depth);
        while (peek() == '|') {
            at++;
            space(true);
            add(rule, ALTERNATIVE);
            sequence(rule, depth);
        }
        return rule;
    }

    private void sequence(List<Integer> rule, int depth) throws Fault {
        boolean nested = depth > 0;
        int last = rule.size();
        long repeated = 1;
        while (at < text.length()) {
            char c = peek();
            if (c == '*' || c == '+' || c == '?' || c == '{') {
                repeated = repeat(rule, last, repeated, range(nested));
                continue;
            }
            int begun = rule.size();
            if (!symbol(rule, c, depth)) {
                return;
            }
            space(nested);
            last = begun;
            repeated = 1;
        }
    }

    private boolean symbol(List<Integer> rule, char c, int depth) throws Fault {
        if (c == '"') {
            literal(rule);
        } else if (c == '[') {
            characters(rule);
        } else if (c == '.') {
            at++;
            add(rule, TERMINAL);
        } else if (c == '(') {
            at++;
            space(true);
            int number = generate();
            rules.set(number, alternatives(depth + 1));
            expect(")");
            add(rule, number);
        } else if (isWord(c)) {
            add(rule, number(name()));
        } else if (c == '<' || c == '!') {
            throw here("rules about tokens are not supported");
        } else {
            return false;
        }
        return true;
    }

    private void literal(List<Integer> rule) throws Fault {
        at++;
        while (peek() != '"') {
            character();
            add(rule, TERMINAL);
        }
        at++;
    }

    private void characters(List<Integer> rule) throws Fault {
        at++;
        if (peek() == '^') {
            at++;
        }
        int begun = at;
        while (peek() != ']') {
            character();
            count(1);
            if (peek() == '-' && at + 1 < text.length() && text.charAt(at + 1) != ']') {
                at++;
                character();
            }
        }
        if (at > begun) {
            add(rule, TERMINAL);
        }
        at++;
    }

    private void character() throws Fault {
        if (at >= text.length()) {
            throw here("unexpected end");
        }
        if (peek() != '\\') {
            at += Character.charCount(text.codePointAt(at));
            return;
        }
        at++;
        int digits = switch (peek()) {
            case 'x' -> 2;
            case 'u' -> 4;
            case 'U' -> 8;
            case 't', 'r', 'n', '\\', '"', '[', ']', '-' -> 0;
            default -> throw here("unknown escape");
        };
        at++;
        for (int i = 0; i < digits; i++, at++) {
            if (Character.digit(peek(), 16) < 0 || peek() > 'f') {
                throw here("expected " + digits + " hexadecimal digits");
            }
        }
    }

    /** How often: least and most; most is -1 for no limit. */
    private record Range(int least, int most) {}

    private Range range(boolean nested) throws Fault {
        char c = peek();
        at++;
        Range range = switch (c) {
            case '*' -> new Range(0, -1);
            case '+' -> new Range(1, -1);
            case '?' -> new Range(0, 1);
            default -> braces(nested);
        };
        space(nested);
        return range;
    }

    private Range braces(boolean nested) throws Fault {
        space(nested);
        int least = integer();
        int most = least;
        space(nested);
        if (peek() == ',') {
            at++;
            space(nested);
            most = Character.isDigit(peek()) ? integer() : -1;
            space(nested);
        }
        expect("}");
        if (least > MOST_REPETITIONS) {
            throw here("more than " + MOST_REPETITIONS + " repetitions");
        }
        if (most >= 0 && most < least) {
            throw here("a repetition of at least " + least + " and at most " + most);
        }
        return new Range(least, most > MOST_REPETITIONS ? -1 : most);
    }

    /** Writes out a repetition as llama.cpp does: the least times in a row, then a chain of optional ones. */
    private long repeat(List<Integer> rule, int last, long repeated, Range range) throws Fault {
        if (last == rule.size()) {
            throw here("expected something to repeat");
        }
        long times = Math.max(1, range.most > 0 ? range.most : range.least);
        if (repeated * times > MOST_REPETITIONS) {
            throw here("more than " + MOST_REPETITIONS + " repetitions");
        }
        List<Integer> once = List.copyOf(rule.subList(last, rule.size()));
        count(once.size() * Math.max(range.least, Math.max(1, range.most)));
        if (range.least == 0) {
            rule.subList(last, rule.size()).clear();
        }
        for (int i = 1; i < range.least; i++) {
            rule.addAll(once);
        }
        int optional = range.most < 0 ? 1 : range.most - range.least;
        int previous = -1;
        for (int i = 0; i < optional; i++) {
            int number = generate();
            List<Integer> more = new ArrayList<>(once);
            if (range.most < 0 || i > 0) {
                more.add(range.most < 0 ? number : previous);
            }
            more.add(ALTERNATIVE);
            rules.set(number, more);
            previous = number;
        }
        if (optional > 0) {
            add(rule, previous);
        }
        return repeated * times;
    }

    private int integer() throws Fault {
        int begun = at;
        while (peek() >= '0' && peek() <= '9') {
            at++;
        }
        if (at == begun || at - begun > 9) {
            throw here("expected a number");
        }
        return Integer.parseInt(text.substring(begun, at));
    }

    private String name() throws Fault {
        int begun = at;
        while (isWord(peek())) {
            at++;
        }
        if (at == begun) {
            throw here("expected a name");
        }
        return text.substring(begun, at);
    }

    private static boolean isWord(char c) {
        return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || c == '-';
    }

    private void space(boolean acrossLines) {
        while (at < text.length()) {
            char c = peek();
            if (c == '#') {
                while (at < text.length() && peek() != '\n' && peek() != '\r') {
                    at++;
                }
            } else if (c == ' ' || c == '\t' || acrossLines && (c == '\n' || c == '\r')) {
                at++;
            } else {
                return;
            }
        }
    }

    private void expect(String wanted) throws Fault {
        if (!text.startsWith(wanted, at)) {
            throw here("expected " + wanted);
        }
        at += wanted.length();
    }

    /** The next character; NUL, which no grammar holds, at the end. */
    private char peek() {
        return at < text.length() ? text.charAt(at) : '\0';
    }

    private int number(String name) throws Fault {
        Integer known = numbers.get(name);
        if (known != null) {
            return known;
        }
        int number = generate();
        numbers.put(name, number);
        return number;
    }

    private int generate() throws Fault {
        if (rules.size() == MOST_RULES) {
            throw here("more than " + MOST_RULES + " rules");
        }
        rules.add(null);
        return rules.size() - 1;
    }

    private void add(List<Integer> rule, int element) throws Fault {
        count(1);
        rule.add(element);
    }

    private void count(long more) throws Fault {
        elements += (int) Math.min(more, MOST_ELEMENTS);
        if (elements > MOST_ELEMENTS) {
            throw here("more than " + MOST_ELEMENTS + " elements once repetitions are written out");
        }
    }

    private Fault here(String what) {
        long line = text.chars().limit(at).filter(c -> c == '\n').count() + 1;
        return new Fault(what + " in line " + line);
    }
}
