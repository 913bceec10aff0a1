package io.millrace.connector.llama;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** The texts of a vocabulary's special tokens, such as {@code <|im_end|>}. Immutable. */
final class Markers {

    private final List<String> texts;
    private final Map<Character, List<String>> byFirst = new HashMap<>();

    Markers(List<String> texts) {
        this.texts = texts.stream().filter(text -> !text.isEmpty()).toList();
        for (String text : this.texts) {
            byFirst.computeIfAbsent(text.charAt(0), _ -> new ArrayList<>()).add(text);
        }
    }

    List<String> texts() {
        return texts;
    }

    /** Whether one of them occurs in {@code text}. */
    boolean in(String text) {
        for (int at = 0; at < text.length(); at++) {
            for (String marker : byFirst.getOrDefault(text.charAt(at), List.of())) {
                if (text.startsWith(marker, at)) {
                    return true;
                }
            }
        }
        return false;
    }
}
