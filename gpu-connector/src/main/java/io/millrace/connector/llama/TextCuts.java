package io.millrace.connector.llama;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Where a text is cut before it is given to {@code llama_tokenize}. Immutable.
 *
 * <p>For most byte-pair vocabularies, DeepSeek's among them, llama.cpp splits text into words with {@code std::regex},
 * which recurses once for each character of a word: some 3,000 letters, spaces or Chinese characters in a row overflow
 * a thread's stack of 1 MiB, and the process is gone. So runs longer than any real word are cut, best where the kind
 * of character changes, because words end there anyway. Vocabularies whose words llama.cpp finds without
 * {@code std::regex} are not cut.
 */
final class TextCuts {

    /** Characters without (or of) white space after which a cut is made; a fifth of what a stack of 512 KiB bears. */
    static final int LONGEST_RUN = 256;

    /** Some expressions also match across spaces; text for those is cut between words as often as this. */
    static final int LONGEST_PIECE = 1024;

    /** Values of {@code tokenizer.ggml.pre} whose words are found by hand-written code ({@code src/unicode.cpp}). */
    private static final Set<String> WITHOUT_REGEX = Set.of("llama3", "llama-v3", "llama-bpe", "gpt-2", "qwen2",
            "qwen35", "deepseek-r1-qwen", "glm4", "chatglm-bpe", "kimi-k2");

    private final boolean needed;
    private final boolean acrossSpaces;
    private final List<String> markers;

    /**
     * @param model   {@code tokenizer.ggml.model}; only {@code gpt2}, byte-pair encoding, uses expressions
     * @param split   {@code tokenizer.ggml.pre}
     * @param markers texts of special tokens, which are never cut through
     */
    TextCuts(String model, String split, List<String> markers) {
        this.needed = isNeeded(model, split);
        this.acrossSpaces = !split.startsWith("deepseek");
        this.markers = List.copyOf(markers);
    }

    static boolean isNeeded(String model, String split) {
        return model.equals("gpt2") && !WITHOUT_REGEX.contains(split);
    }

    /** The text in pieces, one after the other; the text itself when nothing in it is too long. */
    List<String> of(String text) {
        if (!needed || text.length() <= LONGEST_RUN) {
            return List.of(text);
        }
        List<String> pieces = new ArrayList<>();
        int begun = 0;
        for (int cut = next(text, begun); cut < text.length(); cut = next(text, begun)) {
            pieces.add(text.substring(begun, cut));
            begun = cut;
        }
        pieces.add(text.substring(begun));
        return pieces;
    }

    /** The first cut after {@code from}; the text's end when there is none. */
    private int next(String text, int from) {
        int run = from;
        int change = from;
        for (int at = from + 1; at < text.length(); at++) {
            Kind before = Kind.of(text.charAt(at - 1));
            Kind here = Kind.of(text.charAt(at));
            if ((before == Kind.SPACE) != (here == Kind.SPACE)) {
                run = at;
                if (acrossSpaces && here == Kind.SPACE && at - from >= LONGEST_PIECE) {
                    return at;
                }
            }
            change = here != before && before != Kind.SPACE ? at : change;
            if (at - run >= LONGEST_RUN) {
                return outsideMarkers(text, change > run ? change : whole(text, at), from);
            }
        }
        return text.length();
    }

    /** Not between the two halves of a character outside the basic plane. */
    private static int whole(String text, int at) {
        return Character.isLowSurrogate(text.charAt(at)) && Character.isHighSurrogate(text.charAt(at - 1))
                ? at - 1 : at;
    }

    /** A cut inside a marker moves to the marker's start or, where that would be no progress, to its end. */
    private int outsideMarkers(String text, int cut, int from) {
        for (String marker : markers) {
            int start = text.indexOf(marker, Math.max(from, cut - marker.length() + 1));
            if (start >= 0 && start < cut) {
                return start > from ? start : Math.min(text.length(), start + marker.length());
            }
        }
        return cut;
    }

    private enum Kind {
        SPACE, LETTER, DIGIT, OTHER;

        static Kind of(char c) {
            if (Character.isWhitespace(c) || Character.isSpaceChar(c)) {
                return SPACE;
            }
            if (Character.isLetter(c) || Character.isSurrogate(c)) {
                return LETTER;
            }
            return Character.isDigit(c) ? DIGIT : OTHER;
        }
    }
}
