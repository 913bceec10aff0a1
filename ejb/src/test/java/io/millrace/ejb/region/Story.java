package io.millrace.ejb.region;

import java.util.ArrayList;
import java.util.List;

/**
 * The one right answer to a question, letter by letter: each letter depends on the question and on all letters before it,
 * so whatever is lost or doubled changes all that comes after. Its tokens are of one to three letters, and a token's
 * number says which. Immutable.
 */
record Story(long question) {

    private static final String LETTERS = "abcdefghijklmnopqrstuvwxyzäß漢 .";
    private static final int MOST_LETTERS = 150;

    private long mixed(String said, long salt) {
        long hash = question * 0x9E3779B97F4A7C15L + salt;
        for (int i = 0; i < said.length(); i++) {
            hash = (hash ^ said.charAt(i)) * 0xBF58476D1CE4E5B9L;
            hash ^= hash >>> 29;
        }
        hash *= 0x94D049BB133111EBL;
        return hash ^ hash >>> 31;
    }

    boolean ends(String said) {
        return said.length() >= MOST_LETTERS || !said.isEmpty() && isBoundary(said) && Math.floorMod(mixed(said, 1), 25) == 0;
    }

    /** Whether a token ends here: at every third letter, and at every third of the others. */
    private boolean isBoundary(String said) {
        return said.length() % 3 == 0 || Math.floorMod(mixed(said, 2), 3) == 0;
    }

    /** The next token after what was said, wherever that ends. */
    String next(String said) {
        StringBuilder token = new StringBuilder();
        String all = said;
        do {
            char letter = LETTERS.charAt((int) Math.floorMod(mixed(all, 3), (long) LETTERS.length()));
            token.append(letter);
            all += letter;
        } while (!isBoundary(all));
        return token.toString();
    }

    /** Tokens of its beginning. */
    List<String> tokens(String beginning) {
        List<String> tokens = new ArrayList<>();
        for (String said = ""; said.length() < beginning.length();) {
            String token = next(said);
            String fits = token.substring(0, Math.min(token.length(), beginning.length() - said.length()));
            tokens.add(fits);
            said += fits;
        }
        return tokens;
    }

    static int id(String token) {
        int id = 0;
        for (int i = token.length() - 1; i >= 0; i--) {
            id = id * 64 + 1 + LETTERS.indexOf(token.charAt(i));
        }
        return id;
    }

    static String text(int[] ids) {
        StringBuilder text = new StringBuilder();
        for (int id : ids) {
            for (int left = id; left > 0; left /= 64) {
                text.append(LETTERS.charAt(left % 64 - 1));
            }
        }
        return text.toString();
    }

    static int[] ids(List<String> tokens) {
        return tokens.stream().mapToInt(Story::id).toArray();
    }

    /** How it ends for who asks for no more than so many tokens, and to be stopped at one of these. */
    Ending ending(int maxTokens, List<String> stops) {
        String said = "";
        int tokens = 0;
        while (!ends(said)) {
            said += next(said);
            tokens++;
            int stop = firstStop(said, stops);
            if (stop >= 0) {
                return new Ending(said.substring(0, stop), tokens, "stop", true);
            }
            if (tokens == maxTokens) {
                return new Ending(said, tokens, "length", false);
            }
        }
        return new Ending(said, tokens, "stop", false);
    }

    record Ending(String text, int tokens, String reason, boolean stopped) {}

    static int firstStop(String text, List<String> stops) {
        return stops.stream().mapToInt(text::indexOf).filter(at -> at >= 0).min().orElse(-1);
    }

    /** Length of the longest tail that may become a stop. */
    static int held(String text, List<String> stops) {
        int longest = 0;
        for (String stop : stops) {
            for (int length = 1; length < stop.length(); length++) {
                longest = text.endsWith(stop.substring(0, length)) ? Math.max(longest, length) : longest;
            }
        }
        return longest;
    }
}
