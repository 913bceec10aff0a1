package io.millrace.ejb.flow;

import io.millrace.connector.engine.Tokenizer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.stream.Stream;

/**
 * Tells what a model thinks from what it answers: thoughts stand at the beginning, between two tags (DeepSeek-R1 and its
 * distillations, Qwen3), and white space around them is of neither. Text that may become a tag waits until it has or can't any more.
 * Owned by one thread.
 */
public final class ThinkTags {

    static final String OPEN = "<think>";
    static final String CLOSE = "</think>";

    /** Whether they are told apart: AUTO where the tags are tokens of the vocabulary. */
    public enum Apart { NEVER, AUTO, ALWAYS }

    private enum Where { BEFORE, OPENED, THINKING, AFTER, ANSWERING }

    /** Null where no tokens come. */
    private final Tokenizer tokenizer;
    /** Tokens of the tags, where each is one; else -1. */
    private final int open;
    private final int close;
    private final StringBuilder held = new StringBuilder();
    private final StringBuilder thought = new StringBuilder();
    private Where where;

    private ThinkTags(Tokenizer tokenizer, Apart how) {
        this.tokenizer = tokenizer;
        this.open = how == Apart.NEVER ? -1 : token(OPEN);
        this.close = how == Apart.NEVER ? -1 : token(CLOSE);
        boolean tokens = open >= 0 && close >= 0;
        this.where = how == Apart.ALWAYS || how == Apart.AUTO && tokens ? Where.BEFORE : Where.ANSWERING;
    }

    private int token(String tag) {
        int[] tokens = tokenizer.encode(tag, false, true);
        return tokens.length == 1 ? tokens[0] : -1;
    }

    /**
     * For an answer in this vocabulary.
     *
     * @param tokenizer null where text comes instead of tokens; then nothing is told apart
     * @param begun     beginning of the answer that the client gave, and has
     */
    static ThinkTags of(Tokenizer tokenizer, Apart how, String begun) {
        ThinkTags tags = new ThinkTags(tokenizer, tokenizer == null ? Apart.NEVER : how);
        if (!begun.isEmpty()) {
            tags.add(begun);
            tags.takeThoughts();
            tags.held.setLength(0);
            tags.where = tags.where == Where.BEFORE ? Where.ANSWERING : tags.where;
        }
        return tags;
    }

    /** The answer in these tokens; what they leave of a tag or a character waits for those that follow. */
    public String answerIn(int[] tokens) {
        return answerIn(tokens, new Utf8Pieces());
    }

    /** @param utf8 keeps what the tokens leave of a character */
    String answerIn(int[] tokens, Utf8Pieces utf8) {
        StringBuilder answer = new StringBuilder();
        for (int token : tokens) {
            answer.append(add(utf8.add(bytes(token))));
        }
        return answer.toString();
    }

    /** Thoughts as a model would have written them before its answer; nothing where they aren't told apart, or the answer has begun. */
    public int[] encode(String thoughts) {
        return where != Where.BEFORE ? new int[0] : Stream.of(tag(OPEN, open), tokenizer.encode("\n" + thoughts + "\n", false, false),
                tag(CLOSE, close), tokenizer.encode("\n\n", false, false)).flatMapToInt(Arrays::stream).toArray();
    }

    /** What stands before an answer without thoughts, as Qwen3's template puts it; nothing where the vocabulary has no tags. */
    public static int[] none(Tokenizer tokenizer) {
        return of(tokenizer, Apart.AUTO, "").encode("");
    }

    private int[] tag(String text, int token) {
        return token >= 0 ? new int[] {token} : tokenizer.encode(text, false, false);
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
        if (where == Where.OPENED && skipSpace()) {
            where = Where.THINKING;
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
            where = Where.OPENED;
            take(from + length);
        }
    }

    private void think() {
        int tag = held.indexOf(CLOSE);
        if (tag >= 0) {
            int end = lastWord(tag);
            thought.append(take(end));
            take(tag - end + CLOSE.length());
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
        return where == Where.OPENED || where == Where.THINKING || where == Where.AFTER;
    }
}
