package io.millrace.ejb.context;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.ToIntFunction;

/**
 * What is left of turns that a prompt has no room for: their sentences that say most, word for word, and what the model made
 * of them, where it had time for it. Immutable.
 *
 * @param cut     number of the first turn that is not in it; 0: nothing is
 * @param lines   in the order in which they were said
 * @param summary of the first of these turns
 */
record Digest(int cut, List<Line> lines, Summary summary) {

    /**
     * The conversation's beginning in the model's words.
     *
     * @param turns how many of the first turns it tells of; 0: there is none
     */
    record Summary(int turns, String text) {
        static final Summary NONE = new Summary(0, "");
    }

    /**
     * One sentence.
     *
     * @param place its place in its turn
     * @param worth how much is lost without it
     */
    record Line(int turn, int place, float worth, String text) {}

    static final Digest NONE = new Digest(0, List.of(), Summary.NONE);

    /** So much is kept of a conversation, however long it is; a prompt gets what it has room for. */
    private static final int MOST_LINES = 400;
    private static final int MOST_CHARS = 24_000;

    private static final Comparator<Line> AS_SAID = Comparator.comparingInt(Line::turn).thenComparingInt(Line::place);
    /** Of two that are worth the same, the older one goes: what is newer was built on it. */
    private static final Comparator<Line> BY_WORTH = Comparator.comparingDouble((Line line) -> line.worth()).reversed()
            .thenComparing(AS_SAID.reversed());

    Digest {
        lines = List.copyOf(lines);
    }

    boolean isEmpty() {
        return lines.isEmpty();
    }

    /** The turns that no summary tells of. */
    int unsummarised() {
        return cut - summary.turns();
    }

    Digest with(Summary other) {
        return new Digest(cut, lines, other);
    }

    /** The same with these turns too, the first of which is number {@link #cut}. */
    Digest with(List<Turn> turns) {
        List<Line> all = new ArrayList<>(lines);
        Set<String> known = new HashSet<>();
        lines.forEach(line -> known.add(line.text()));
        for (int i = 0; i < turns.size(); i++) {
            int number = cut + i;
            int place = 0;
            for (Item item : turns.get(i).items()) {
                for (String sentence : item.isSystem() ? List.<String>of() : Sentences.of(item.text())) {
                    if (known.add(sentence)) {
                        all.add(new Line(number, place++, Sentences.worth(item.role(), sentence, number), sentence));
                    }
                }
            }
        }
        return new Digest(cut + turns.size(), best(all), summary);
    }

    private static List<Line> best(List<Line> all) {
        if (all.size() <= MOST_LINES && all.stream().mapToInt(line -> line.text().length()).sum() <= MOST_CHARS) {
            return all;
        }
        int chars = 0;
        List<Line> kept = new ArrayList<>();
        for (Line line : all.stream().sorted(BY_WORTH).limit(MOST_LINES).toList()) {
            chars += line.text().length();
            if (chars <= MOST_CHARS) {
                kept.add(line);
            }
        }
        kept.sort(AS_SAID);
        return kept;
    }

    /**
     * The summary, where there is room for it, and then the sentences of the turns after it that say most, in the order in
     * which they were said; together within so many tokens.
     */
    List<String> within(int tokens, ToIntFunction<String> count) {
        int cost = summary.turns() == 0 ? 0 : count.applyAsInt(summary.text()) + 1;
        if (cost == 0 || cost > tokens) {
            return within(tokens, count, lines.stream().sorted(BY_WORTH).toList());
        }
        List<String> told = new ArrayList<>(List.of(summary.text()));
        told.addAll(within(tokens - cost, count, lines.stream().filter(line -> line.turn() >= summary.turns()).sorted(BY_WORTH).toList()));
        return told;
    }

    /**
     * Those that have words with a question in common, the most telling ones first to be chosen, within so many tokens.
     */
    List<String> about(String question, int tokens, ToIntFunction<String> count) {
        Set<String> asked = Sentences.words(question);
        record Hit(Line line, double score) {}
        List<Hit> hits = new ArrayList<>();
        for (Line line : lines) {
            double common = Sentences.words(line.text()).stream().filter(asked::contains).mapToDouble(word -> Math.sqrt(word.length())).sum();
            if (common > 0) {
                hits.add(new Hit(line, common * (1 + Math.max(0, line.worth()))));
            }
        }
        hits.sort(Comparator.comparingDouble(Hit::score).reversed());
        return within(tokens, count, hits.stream().map(Hit::line).toList());
    }

    private static List<String> within(int tokens, ToIntFunction<String> count, List<Line> bestFirst) {
        int left = tokens;
        List<Line> chosen = new ArrayList<>();
        for (Line line : bestFirst) {
            int cost = count.applyAsInt(line.text()) + 1;
            if (cost <= left) {
                left -= cost;
                chosen.add(line);
            }
        }
        chosen.sort(AS_SAID);
        return chosen.stream().map(Line::text).toList();
    }
}
