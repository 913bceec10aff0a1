package io.millrace.web.json;

import com.fasterxml.jackson.databind.JsonNode;
import io.millrace.web.error.ApiError;

/**
 * What text may hold. JSON can escape what is no text at all: half a surrogate pair is refused, because it has no
 * UTF-8 form. U+0000 is text, but ends a string in C and is refused by PostgreSQL: in what people write it is read as
 * U+FFFD, as HTML does; in names it is refused.
 */
public final class Text {

    private static final char REPLACEMENT = '\ufffd';

    private Text() {}

    /** What somebody wrote. */
    public static String written(JsonNode value, String param) {
        return string(value, param).replace('\0', REPLACEMENT);
    }

    /** A name or an instruction to the server, taken as it is or not at all. */
    public static String exact(JsonNode value, String param, int mostCharacters) {
        String text = string(value, param);
        if (text.indexOf('\0') >= 0) {
            throw ApiError.invalid(param, "'" + param + "' must not hold the character U+0000.");
        }
        if (text.length() > mostCharacters) {
            throw ApiError.invalid(param, "'" + param + "' must have at most " + mostCharacters + " characters, not " + text.length() + ".");
        }
        return text;
    }

    /** Any text with what has no UTF-8 form replaced, so that it can be written. */
    public static String writable(String text) {
        if (loneSurrogate(text) < 0) {
            return text;
        }
        return text.codePoints()
                .map(c -> c >= Character.MIN_SURROGATE && c <= Character.MAX_SURROGATE ? REPLACEMENT : c)
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append).toString();
    }

    private static String string(JsonNode value, String param) {
        if (!value.isTextual()) {
            throw Fields.wrongType(param, "a string", value);
        }
        String text = value.textValue();
        int lone = loneSurrogate(text);
        if (lone >= 0) {
            throw ApiError.invalid(param, "'" + param + "' holds half a surrogate pair (\\u"
                    + Integer.toHexString(text.charAt(lone)) + " at character " + lone + "), which is no character.");
        }
        return text;
    }

    /** Index of the first surrogate without its other half, or −1. */
    static int loneSurrogate(CharSequence text) {
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            if (Character.isSurrogate(c)) {
                if (Character.isLowSurrogate(c) || i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1))) {
                    return i;
                }
                i++;
            }
        }
        return -1;
    }
}
