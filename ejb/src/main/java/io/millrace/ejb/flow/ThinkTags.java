package io.millrace.ejb.flow;

import io.millrace.connector.engine.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.stream.IntStream;

/**
 * Tells what a model thinks from what it answers: thoughts stand at the beginning, between two tags (DeepSeek-R1 and its
 * distillations, Qwen3), and white space around them is of neither. Text that may become a tag waits until it has or can't any more.
 * Owned by one thread.
 */
public final class ThinkTags {

    static final String OPEN = "<think>";
    static final String CLOSE = "</think>";
    private static final int[] NOTHING = {};

    private enum Where { BEFORE, THINKING, AFTER, ANSWERING }

    private final Tokenizer tokenizer;
    /** Tokens of the tags, where each is one; else -1. */
    private final int open;
    private final int close;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private Where where = Where.BEFORE;
    private boolean thinksAlready;

    private ThinkTags(Tokenizer tokenizer) {
        this.tokenizer = tokenizer;
        this.open = token(OPEN);
        this.close = token(CLOSE);
    }

    private int token(String tag) {
        int[] tokens = tokenizer.encode(tag, false, true);
        return tokens.length == 1 ? tokens[0] : -1;
    }

    /**
     * For an answer in this vocabulary, or null where that has no such tags.
     *
     * @param always whether any model may write them
     */
    static ThinkTags of(Tokenizer tokenizer, boolean always) {
        ThinkTags tags = new ThinkTags(tokenizer);
        return always || tags.open >= 0 && tags.close >= 0 ? tags : null;
    }

    /** The answer in these tokens, without what was thought before it, and without a character that isn't whole. */
    public static String answerIn(int[] tokens, Tokenizer tokenizer) {
        ThinkTags tags = of(tokenizer, false);
        Utf8Pieces utf8 = new Utf8Pieces();
        StringBuilder answer = new StringBuilder();
        for (int token : tokens) {
            String text = utf8.add(tags == null ? tokenizer.bytes(token) : tags.bytes(token));
            answer.append(tags == null ? text : tags.add(text));
        }
        return answer.toString();
    }

    /** Thoughts as a model would have written them, with their tags; nothing where its vocabulary has none. */
    public static int[] encode(String thoughts, Tokenizer tokenizer) {
        ThinkTags tags = of(tokenizer, false);
        return tags == null ? NOTHING : IntStream.concat(IntStream.concat(IntStream.of(tags.open),
                IntStream.of(tokenizer.encode("\n" + thoughts + "\n", false, false))), IntStream.of(tags.close)).toArray();
    }

    /** What stands before an answer without thoughts, as Qwen3's template puts it; nothing where the vocabulary has no tags. */
    public static int[] none(Tokenizer tokenizer) {
        int[] thoughts = encode("", tokenizer);
        return thoughts.length == 0 ? NOTHING
                : IntStream.concat(IntStream.of(thoughts), IntStream.of(tokenizer.encode("\n\n", false, false))).toArray();
    }

    /** What a token stands for; also that of a tag, where the vocabulary hides it. */
    byte[] bytes(int token) {
        if (where != Where.ANSWERING && token >= 0 && (token == open || token == close)) {
            return (token == open ? OPEN : CLOSE).getBytes(StandardCharsets.US_ASCII);
        }
        return tokenizer.bytes(token);
    }

    /** What of the answer may leave now. */
    String add(String text) {
        if (where == Where.ANSWERING) {
            return text;
        }
        held.append(text);
        if (where == Where.BEFORE) {
            begin();
        }
        if (where == Where.THINKING) {
            think();
        }
        if (where == Where.AFTER && skipSpace()) {
            where = Where.ANSWERING;
        }
        return where == Where.ANSWERING ? take(held.length()) : "";
    }

    private void begin() {
        int from = space(0);
        int length = Math.min(OPEN.length(), held.length() - from);
        if (!OPEN.startsWith(held.substring(from, from + length))) {
            where = Where.ANSWERING;
        } else if (length == OPEN.length()) {
            where = Where.THINKING;
            take(from + length);
        }
    }

    private void think() {
        if (!thinksAlready && !skipSpace()) {
            return;
        }
        thinksAlready = true;
        int close = held.indexOf(CLOSE);
        if (close >= 0) {
            int end = lastWord(close);
            thought.append(take(end));
            take(close - end + CLOSE.length());
            where = Where.AFTER;
            return;
        }
        thought.append(take(lastWord(possibleTag())));
    }

    /** Where a tail begins that may become the closing tag; the length where none does. */
    private int possibleTag() {
        for (int at = Math.max(0, held.length() - CLOSE.length() + 1); at < held.length(); at++) {
            if (CLOSE.startsWith(held.substring(at))) {
                return at;
            }
        }
        return held.length();
    }

    /** The end of the last word before a place. */
    private int lastWord(int before) {
        int end = before;
        while (end > 0 && Character.isWhitespace(held.charAt(end - 1))) {
            end--;
        }
        return end;
    }

    /** False where nothing else is there. */
    private boolean skipSpace() {
        take(space(0));
        return !held.isEmpty();
    }

    private int space(int from) {
        int at = from;
        while (at < held.length() && Character.isWhitespace(held.charAt(at))) {
            at++;
        }
        return at;
    }

    private String take(int length) {
        String taken = held.substring(0, length);
        held.delete(0, length);
        return taken;
    }

    /** What was held back, at the end; thoughts are to be {@link #takeThoughts taken}. */
    String finish() {
        String rest = take(held.length());
        if (where == Where.THINKING) {
            thought.append(rest);
        }
        return where == Where.BEFORE ? rest : "";
    }

    /** Thoughts since the last call. */
    String takeThoughts() {
        if (thought.isEmpty()) {
            return "";
        }
        String taken = thought.toString();
        thought.setLength(0);
        return taken;
    }

    /** Whether what comes is thought, or stands around thoughts. */
    boolean thinking() {
        return where == Where.THINKING || where == Where.AFTER;
    }
}
