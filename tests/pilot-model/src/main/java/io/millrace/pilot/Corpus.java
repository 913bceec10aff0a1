package io.millrace.pilot;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * All that the model learns in one language, read from the resources {@code facts.LANGUAGE.txt} (whose head explains
 * their lines), {@code more.LANGUAGE.txt} and {@code settings.txt}. Immutable.
 *
 * @param facts      what it knows, the settings among them
 * @param unrelated  patterns of what it doesn't know, answered by {@code refusal}
 * @param frames     patterns around a question, with {@code _} where it stands
 * @param systems    what clients say as system message
 */
record Corpus(Language language, List<Fact> facts, List<String> unrelated, String refusal, List<String> frames,
              List<String> systems, Phrases phrases) {

    enum Language {
        EN, ZH;

        String suffix() {
            return name().toLowerCase(java.util.Locale.ROOT);
        }
    }

    static Corpus read(Language language) {
        Reading reading = new Reading();
        lines("facts." + language.suffix() + ".txt").forEach(reading::line);
        reading.end();
        List<Fact> facts = new ArrayList<>(reading.facts);
        facts.addAll(Settings.facts(language, reading.settings));
        Map<String, List<String>> more = more(language);
        reading.unrelated.addAll(more.remove("unrelated"));
        return new Corpus(language, List.copyOf(withMore(facts, more)), List.copyOf(reading.unrelated), reading.refusal,
                List.copyOf(reading.frames), List.copyOf(reading.systems), new Phrases(reading.named));
    }

    private static Map<String, List<String>> more(Language language) {
        Map<String, List<String>> more = new LinkedHashMap<>();
        for (String line : lines("more." + language.suffix() + ".txt")) {
            String[] sides = line.split(": ", 2);
            more.computeIfAbsent(sides[0], _ -> new ArrayList<>()).add(sides[1]);
        }
        return more;
    }

    private static List<Fact> withMore(List<Fact> facts, Map<String, List<String>> more) {
        List<Fact> all = facts.stream().map(fact -> fact.with(more.getOrDefault(fact.id(), List.of()))).toList();
        facts.forEach(fact -> more.remove(fact.id()));
        if (!more.isEmpty()) {
            throw new IllegalArgumentException("there are no facts " + more.keySet());
        }
        return all;
    }

    static List<String> lines(String resource) {
        try (InputStream in = Corpus.class.getResourceAsStream(resource)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines()
                    .filter(line -> !line.isBlank() && !line.startsWith("#")).toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** What has been read so far. */
    private static final class Reading {
        private final List<Fact> facts = new ArrayList<>();
        private final List<String> unrelated = new ArrayList<>();
        private final List<String> frames = new ArrayList<>();
        private final List<String> systems = new ArrayList<>();
        private final Map<String, String> named = new LinkedHashMap<>();
        private final Map<String, String> settings = new LinkedHashMap<>();
        private String refusal = "";
        private String id;
        private String group;
        private String answer;
        private List<String> keywords;
        private List<String> questions;
        private List<String> followUps;

        void line(String line) {
            String[] sides = line.split(": *", 2);
            String value = sides.length > 1 ? sides[1].strip() : "";
            switch (sides[0]) {
                case "fact" -> begin(value);
                case "group" -> group = value;
                case "k" -> keywords.addAll(List.of(value.split(", *")));
                case "a" -> answer = value;
                case "q" -> questions.add(value);
                case "f" -> followUps.add(value);
                case "unrelated" -> unrelated.add(value);
                case "refusal" -> refusal = value;
                case "frame" -> frames.add(value);
                case "system" -> systems.add(value);
                case "setting" -> settings.put("q" + settings.size(), value);
                case "setting-answer" -> settings.put("a", value);
                case "setting-follow" -> settings.put("f" + settings.size(), value);
                default -> name(sides[0], value);
            }
        }

        private void name(String word, String value) {
            if (!word.startsWith("{") || !word.endsWith("}")) {
                throw new IllegalArgumentException("no line begins with " + word + ": " + value);
            }
            named.put(word.substring(1, word.length() - 1), value);
        }

        private void begin(String next) {
            end();
            id = next;
            group = "";
            answer = "";
            keywords = new ArrayList<>();
            questions = new ArrayList<>();
            followUps = new ArrayList<>();
        }

        void end() {
            if (id != null) {
                facts.add(new Fact(id, group, answer, keywords, questions, followUps));
            }
        }
    }
}
