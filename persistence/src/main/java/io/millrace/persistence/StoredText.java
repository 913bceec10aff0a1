package io.millrace.persistence;

/**
 * Text as PostgreSQL takes it: no U+0000, no half of a surrogate pair, at most so many characters. What it can't take
 * becomes U+FFFD, the replacement character.
 */
public final class StoredText {
    private static final int REPLACEMENT = 0xFFFD;

    private StoredText() {}

    /**
     * @param text           may be null, which stays null
     * @param mostCharacters counted as PostgreSQL's {@code varchar(n)} does, in code points; the rest is cut off
     */
    public static String fit(String text, int mostCharacters) {
        if (text == null || text.length() <= mostCharacters && isPlain(text)) {
            return text;
        }
        StringBuilder fitted = new StringBuilder(Math.min(text.length(), mostCharacters));
        text.codePoints()
                .limit(mostCharacters)
                .map(point -> isStorable(point) ? point : REPLACEMENT)
                .forEach(fitted::appendCodePoint);
        return fitted.toString();
    }

    private static boolean isPlain(String text) {
        for (int i = 0; i < text.length(); i++) {
            if (text.charAt(i) == 0 || Character.isSurrogate(text.charAt(i))) {
                return false;
            }
        }
        return true;
    }

    private static boolean isStorable(int point) {
        return point != 0 && (point < Character.MIN_SURROGATE || point > Character.MAX_SURROGATE);
    }
}
