package io.millrace.ejb.flow;

import java.util.Arrays;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * How much of an answer a client has, whatever the frames were in which it got it: of each choice whether it was opened,
 * how many characters came of the reasoning before it and of itself, and whether its end was told; and whether the usage was. As
 * text, {@code 120,7r34.,-} means 120 characters of the first choice, 7 of reasoning and 34 of the second and its end, nothing of the
 * third; {@code u} at the end is the usage.
 * Owned by one thread.
 */
public final class Seen {

    private static final String CHOICE = "((\\d{1,9}r)?\\d{1,9}\\.?|-)";
    private static final Pattern FORM = Pattern.compile(CHOICE + "(," + CHOICE + "){0,15}u?");
    private static final int UNOPENED = -1;

    private final int[] chars;
    private final int[] reasoned;
    private final boolean[] ended;
    private boolean usage;

    /** Nothing yet. */
    public Seen(int choices) {
        chars = new int[choices];
        Arrays.fill(chars, UNOPENED);
        reasoned = new int[choices];
        ended = new boolean[choices];
    }

    /** Reads the text of one; empty where it is none. */
    public static Optional<Seen> of(String text) {
        if (!FORM.matcher(text).matches()) {
            return Optional.empty();
        }
        boolean usage = text.endsWith("u");
        String[] parts = (usage ? text.substring(0, text.length() - 1) : text).split(",");
        Seen seen = new Seen(parts.length);
        seen.usage = usage;
        for (int i = 0; i < parts.length; i++) {
            int r = parts[i].indexOf('r');
            String chars = parts[i].substring(r + 1).replace(".", "");
            seen.reasoned[i] = r < 0 ? 0 : Integer.parseInt(parts[i].substring(0, r));
            seen.chars[i] = chars.equals("-") ? UNOPENED : Integer.parseInt(chars);
            seen.ended[i] = parts[i].endsWith(".");
        }
        return Optional.of(seen);
    }

    public int choices() {
        return chars.length;
    }

    public boolean opened(int choice) {
        return chars[choice] != UNOPENED;
    }

    public void open(int choice) {
        chars[choice] = Math.max(0, chars[choice]);
    }

    /** Characters (UTF-16 units) of a choice. */
    public int chars(int choice) {
        return Math.max(0, chars[choice]);
    }

    public void add(int choice, int more) {
        chars[choice] = chars(choice) + more;
    }

    /** Characters (UTF-16 units) of the reasoning before a choice. */
    public int reasoned(int choice) {
        return reasoned[choice];
    }

    public void reason(int choice, int more) {
        reasoned[choice] += more;
    }

    public boolean ended(int choice) {
        return ended[choice];
    }

    public void end(int choice) {
        ended[choice] = true;
    }

    public boolean usage() {
        return usage;
    }

    public void tellUsage() {
        usage = true;
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < chars.length; i++) {
            text.append(i == 0 ? "" : ",");
            if (reasoned[i] > 0) {
                text.append(reasoned[i]).append('r');
            }
            if (opened(i)) {
                text.append(chars[i]);
            } else {
                text.append('-');
            }
            text.append(ended[i] ? "." : "");
        }
        return text.append(usage ? "u" : "").toString();
    }
}
