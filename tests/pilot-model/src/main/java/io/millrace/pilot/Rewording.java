package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Says the same in other words: synonyms take one another's places, and words that say nothing about Millrace are
 * strewn in. Of such words alone nothing can be known. Immutable.
 */
final class Rewording {

    private static final double SYNONYM = 0.4;
    private static final double STREWN = 0.35;
    private static final int MOST_STREWN = 4;

    /** Ways to say one thing, and the pattern that finds any of them. */
    private record Group(Pattern pattern, List<String> ways) {
        boolean mayBeIn(String text) {
            for (String way : ways) {
                if (text.contains(way)) {
                    return true;
                }
            }
            return false;
        }
    }

    private final Language language;
    private final List<Group> groups = new ArrayList<>();
    private final List<String> words = new ArrayList<>();

    Rewording(Language language) {
        this.language = language;
        for (String line : Corpus.lines("synonyms." + language.suffix() + ".txt")) {
            List<String> ways = List.of(line.split("\\|"));
            String any = String.join("|", ways.stream().sorted((a, b) -> b.length() - a.length()).map(Pattern::quote)
                    .toList());
            groups.add(new Group(Pattern.compile(
                    language == Language.EN ? "(?<![\\w./-])(?:" + any + ")(?![\\w./-])" : any), ways));
        }
        for (String line : Corpus.lines("words." + language.suffix() + ".txt")) {
            words.addAll(Arrays.asList(line.startsWith("/") ? line.substring(1).split(" ?/") : line.split(" ")));
        }
    }

    String of(String question, Random random) {
        String text = question;
        for (Group group : groups) {
            Matcher matcher = group.pattern.matcher(text);
            if (group.mayBeIn(text) && matcher.find() && random.nextDouble() < SYNONYM) {
                String way = group.ways.get(random.nextInt(group.ways.size()));
                text = text.substring(0, matcher.start()) + way + text.substring(matcher.end());
            }
        }
        return random.nextDouble() < STREWN ? strewn(text, 1 + random.nextInt(MOST_STREWN), random) : text;
    }

    /** Words alone. */
    String babble(Random random) {
        return strewn("", 3 + random.nextInt(6), random);
    }

    private String strewn(String text, int count, Random random) {
        List<String> parts = new ArrayList<>(List.of(text.split(language == Language.EN ? " " : "(?<=[^\\x00-\\x7F])")));
        for (int i = 0; i < count; i++) {
            parts.add(random.nextInt(parts.size() + 1), words.get(random.nextInt(words.size())));
        }
        return String.join(language == Language.EN ? " " : "", parts).strip();
    }
}
