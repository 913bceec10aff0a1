package io.millrace.pilot;

import java.util.Collection;
import java.util.Locale;
import java.util.regex.Pattern;

/** Whether an answer says what it must. No state. */
final class Keywords {

    private Keywords() {}

    /**
     * In any case of letters; what begins or ends with a Latin letter or a digit must do so as a whole word, so that 64
     * is not found in 640.
     *
     * @param keyword one word, or several of which one is enough, separated by bars
     */
    static boolean holds(String answer, String keyword) {
        for (String one : keyword.split("\\|")) {
            String word = one.strip().toLowerCase(Locale.ROOT);
            Pattern whole = Pattern.compile("(?<![a-z0-9])" + Pattern.quote(word) + "(?![a-z0-9])");
            Pattern open = word.matches("(?s)[a-z0-9].*") ? whole : Pattern.compile(Pattern.quote(word));
            if (open.matcher(answer.toLowerCase(Locale.ROOT)).find()) {
                return true;
            }
        }
        return false;
    }

    static boolean holdsAll(String answer, Collection<String> keywords) {
        return keywords.stream().allMatch(keyword -> holds(answer, keyword));
    }
}
