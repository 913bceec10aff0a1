package io.millrace.ejb.context;

import java.util.ArrayList;
import java.util.List;

/** What came at once, and what was answered to it. */
public record Turn(List<Item> items) {

    public Turn {
        items = List.copyOf(items);
    }

    /** Messages in turns: each ends with an assistant's, but for the last one perhaps. */
    static List<Turn> of(List<Item> items) {
        List<Turn> turns = new ArrayList<>();
        int from = 0;
        for (int i = 0; i < items.size(); i++) {
            if (items.get(i).role().equals("assistant") || i == items.size() - 1) {
                turns.add(new Turn(items.subList(from, i + 1)));
                from = i + 1;
            }
        }
        return turns;
    }

    boolean has(String itemId) {
        return items.stream().anyMatch(item -> item.id().equals(itemId));
    }

    Turn without(String itemId) {
        return new Turn(items.stream().filter(item -> !item.id().equals(itemId)).toList());
    }

    int bytes() {
        return items.stream().mapToInt(item -> 2 * item.text().length() + 64).sum();
    }
}
