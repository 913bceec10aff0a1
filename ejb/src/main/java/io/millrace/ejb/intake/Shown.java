package io.millrace.ejb.intake;

/** Makes a piece of a request fit to be shown in a message: short, and without control characters. */
final class Shown {

    private static final int MOST_CHARS = 80;

    private Shown() {}

    static String of(String text) {
        if (text == null) {
            return "";
        }
        String clean = text.codePoints().map(each -> Character.isISOControl(each) ? '?' : each)
                .limit(MOST_CHARS)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        return clean.length() < text.length() ? clean + "…" : clean;
    }
}
