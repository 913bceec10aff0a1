package io.millrace.tests.upstream;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.SplittableRandom;

/**
 * An endless text of words that its prompt alone decides. A word is a token: the first stands bare, each other one with
 * the blank before it. Some are not ASCII, so that a seam inside a character would show. Owned by one thread.
 */
public final class Story {

    /** Every story's first word and no other's, so that in a raw prompt one sees where the answer begins. */
    static final String OPENING = "Downstream";
    /** Words that are thought before an answer that is asked for so. */
    static final int THOUGHTS = 150;
    private static final String[] WORDS = ("water mill wheel race stone grain flour weir brook river valley meadow bridge miller sack "
            + "cart horse morning evening light shadow wind rain frost thaw spring summer autumn winter clear cold deep slow quick "
            + "wide narrow old new first last under over beside beyond turns grinds carries rises falls waits sings rests begins "
            + "ends and or but then while until Mühle Fluß père naïve façade smörgås 水 磨坊 河流 石头 мельница река 🌾 👩‍🌾 it's e.g. 3.14 a,b;")
            .split(" ");

    private final SplittableRandom random;
    private final StringBuilder text = new StringBuilder();
    /** Where each word that is made ends in the text. */
    private int[] ends = new int[256];
    private int[] tokens = new int[256];
    private int made;

    private Story(long seed) {
        random = new SplittableRandom(seed);
    }

    public static Story of(String prompt) {
        long hash = 0xcbf29ce484222325L;
        for (byte each : prompt.getBytes(StandardCharsets.UTF_8)) {
            hash = (hash ^ each) * 0x100000001b3L;
        }
        return new Story(hash);
    }

    /** The story that answers a chat of one user message. */
    public static Story ofChat(String userMessage) {
        return of(Asked.turn("user", userMessage));
    }

    /** What is thought before a prompt is answered. */
    static Story ofThoughts(String prompt) {
        return of(prompt + "thoughts");
    }

    /** All that is thought before a chat of one user message is answered, if it is to be. */
    public static String thoughts(String userMessage) {
        return ofThoughts(Asked.turn("user", userMessage)).words(THOUGHTS);
    }

    /** Its first words. */
    public String words(int count) {
        return text.substring(0, end(count));
    }

    /** Characters {@code from} to {@code to}, as far as the story is made. */
    String characters(int from, int to) {
        return text.substring(from, to);
    }

    /** Which word of the vocabulary it is; the opening is 0. */
    int token(int word) {
        make(word + 1);
        return tokens[word];
    }

    /** How many characters the first words take. */
    int end(int words) {
        make(words);
        return words == 0 ? 0 : ends[words - 1];
    }

    /** How many words that text holds whole, or -1 where the story doesn't begin with it, character by character. */
    int said(String beginning) {
        int words = 0;
        while (end(words) < beginning.length()) {
            words++;
        }
        if (!text.substring(0, beginning.length()).equals(beginning)) {
            return -1;
        }
        return end(words) == beginning.length() ? words : words - 1;
    }

    /** What these tokens say. */
    static String text(int[] tokens) {
        StringBuilder said = new StringBuilder();
        for (int token : tokens) {
            said.append(said.isEmpty() ? "" : " ").append(token == 0 ? OPENING : WORDS[token - 1]);
        }
        return said.toString();
    }

    private void make(int count) {
        while (made < count) {
            if (made == ends.length) {
                ends = Arrays.copyOf(ends, 2 * made);
                tokens = Arrays.copyOf(tokens, 2 * made);
            }
            tokens[made] = made == 0 ? 0 : 1 + random.nextInt(WORDS.length);
            text.append(made == 0 ? OPENING : " " + WORDS[tokens[made] - 1]);
            ends[made++] = text.length();
        }
    }
}
