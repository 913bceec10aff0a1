package io.millrace.ejb.context;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;

/**
 * What a client sent, held against what is kept: which of it is new, and whether the two agree. Pure.
 *
 * @param systems what it says before all else, for this call
 * @param fresh   messages that the conversation doesn't have yet
 * @param keep    how many of the kept messages, systems aside, stay; the others were said anew
 * @param differs whether the client remembers another conversation than the one that is kept
 */
record History(List<Tokenizer.Turn> systems, List<Tokenizer.Turn> fresh, int keep, boolean differs) {

    /**
     * <p>A client that sends its whole history is known by its beginning; one that forgot its beginning, by its end. One that
     * takes back what was said, to ask otherwise, shares a beginning and goes on from there. One that remembers what never
     * was said here adds all of that.
     *
     * @param kept all messages of the conversation but system's
     */
    static History of(List<Tokenizer.Turn> sent, List<Item> kept) {
        List<Tokenizer.Turn> systems = sent.stream().filter(turn -> turn.role().equals("system")).toList();
        List<Tokenizer.Turn> said = sent.stream().filter(turn -> !turn.role().equals("system")).toList();
        int alike = alike(said, kept);
        if (alike > 0 && (alike == kept.size() || remembers(said))) {
            return new History(systems, said.subList(alike, said.size()), alike, false);
        }
        int end = alikeAtEnd(said, kept);
        if (end > 0) {
            return new History(systems, said.subList(end, said.size()), kept.size(), true);
        }
        return new History(systems, said, kept.size(), !kept.isEmpty() && remembers(said));
    }

    private static boolean remembers(List<Tokenizer.Turn> said) {
        return said.stream().anyMatch(turn -> turn.role().equals("assistant"));
    }

    /** How many messages both begin with; the last one sent is always new. */
    private static int alike(List<Tokenizer.Turn> said, List<Item> kept) {
        int most = Math.min(said.size() - 1, kept.size());
        int alike = 0;
        while (alike < most && same(kept.get(alike), said.get(alike))) {
            alike++;
        }
        return alike;
    }

    /** How many of the first messages sent are the last ones that are kept; at least one of them is the assistant's. */
    private static int alikeAtEnd(List<Tokenizer.Turn> said, List<Item> kept) {
        for (int length = Math.min(said.size() - 1, kept.size()); length > 1; length--) {
            List<Item> end = kept.subList(kept.size() - length, kept.size());
            int alike = 0;
            while (alike < length && same(end.get(alike), said.get(alike))) {
                alike++;
            }
            if (alike == length) {
                return length;
            }
        }
        return 0;
    }

    private static boolean same(Item item, Tokenizer.Turn turn) {
        return item.says(turn.role(), turn.content());
    }

    /** The messages of these turns, system's aside. */
    static List<Item> items(List<Turn> turns) {
        List<Item> items = new ArrayList<>();
        turns.forEach(turn -> turn.items().stream().filter(item -> !item.isSystem()).forEach(items::add));
        return items;
    }

    static int count(List<Turn> turns) {
        return turns.stream().mapToInt(turn -> turn.items().size()).sum();
    }
}
