package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Random;

/** How people really type: capitals or none, a mark or none at the end, a slip of the finger, a word left out. No state. */
final class Noise {

    private static final double SLIP = 0.12;
    private static final double WORD_LEFT_OUT = 0.10;

    String on(Language language, String question, Random random) {
        String text = language == Language.EN ? english(question, random) : chinese(question, random);
        return text.isBlank() ? question : text;
    }

    private String english(String question, Random random) {
        String text = question;
        if (random.nextDouble() < WORD_LEFT_OUT) {
            text = withoutAWord(text, random);
        }
        if (random.nextDouble() < SLIP) {
            text = slip(text, random);
        }
        double kind = random.nextDouble();
        if (kind < 0.45 && !text.isEmpty()) {
            text = text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
        } else if (kind < 0.65) {
            text = text.toLowerCase(Locale.ROOT);
        } else if (kind < 0.655) {
            text = text.toUpperCase(Locale.ROOT);
        }
        return text + mark(random, "?", ".", "??", " ?", "!");
    }

    private String chinese(String question, Random random) {
        String text = question;
        if (random.nextDouble() < WORD_LEFT_OUT && text.length() > 5) {
            int at = random.nextInt(text.length());
            text = text.substring(0, at) + text.substring(at + 1);
        }
        if (random.nextDouble() < 0.15) {
            text = text.toLowerCase(Locale.ROOT);
        }
        return text + mark(random, "？", "?", "。", "？？", "呢？");
    }

    private static String mark(Random random, String usual, String... others) {
        double kind = random.nextDouble();
        return kind < 0.5 ? usual : kind < 0.8 ? "" : others[random.nextInt(others.length)];
    }

    private static String withoutAWord(String text, Random random) {
        List<String> words = new ArrayList<>(Arrays.asList(text.split(" ")));
        if (words.size() > 4) {
            words.remove(random.nextInt(words.size()));
        }
        return String.join(" ", words);
    }

    /** A letter missing, doubled or changed with its neighbour. */
    private static String slip(String text, Random random) {
        if (text.length() < 8) {
            return text;
        }
        int at = 1 + random.nextInt(text.length() - 2);
        if (!Character.isLetter(text.charAt(at)) || !Character.isLetter(text.charAt(at + 1))) {
            return text;
        }
        return switch (random.nextInt(3)) {
            case 0 -> text.substring(0, at) + text.substring(at + 1);
            case 1 -> text.substring(0, at) + text.charAt(at) + text.substring(at);
            default -> text.substring(0, at) + text.charAt(at + 1) + text.charAt(at) + text.substring(at + 2);
        };
    }
}
