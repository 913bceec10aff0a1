package io.millrace.web.http;

import java.util.Enumeration;
import java.util.List;
import java.util.Locale;

/** What a request's {@code Content-Type} and {@code Accept} say (RFC 9110, sections 8.3 and 12.5.1). No state. */
public final class MediaTypes {

    private MediaTypes() {}

    /** Whether a body of this type is JSON; one without a type counts as JSON. */
    public static boolean isJson(String contentType) {
        return contentType == null
                || bare(contentType).equals("application/json") && contentType.chars().noneMatch(Character::isISOControl);
    }

    /**
     * Whether a client takes at least one of the types that are offered; one that says nothing takes all.
     *
     * @param accept lines of the header
     */
    public static boolean allows(Enumeration<String> accept, List<String> offered) {
        boolean nothingSaid = true;
        while (accept.hasMoreElements()) {
            for (String range : accept.nextElement().split(",")) {
                if (!range.isBlank()) {
                    nothingSaid = false;
                    if (!isRefusal(range) && offered.stream().anyMatch(type -> matches(bare(range), type))) {
                        return true;
                    }
                }
            }
        }
        return nothingSaid;
    }

    private static boolean matches(String range, String type) {
        return range.equals("*/*") || range.equals(type)
                || range.endsWith("/*") && type.startsWith(range.substring(0, range.length() - 1));
    }

    /** With a quality of 0 a client names what it doesn't take. */
    private static boolean isRefusal(String range) {
        for (String parameter : range.substring(bareEnd(range)).split(";")) {
            if (parameter.strip().toLowerCase(Locale.ROOT).matches("q=0(\\.0*)?")) {
                return true;
            }
        }
        return false;
    }

    /** Without parameters, in small letters. */
    private static String bare(String type) {
        return type.substring(0, bareEnd(type)).strip().toLowerCase(Locale.ROOT);
    }

    private static int bareEnd(String type) {
        int semicolon = type.indexOf(';');
        return semicolon < 0 ? type.length() : semicolon;
    }
}
