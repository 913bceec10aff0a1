package io.millrace.ejb.context;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/** Text in sentences, and what a sentence is worth to somebody who reads no more than that. English and Chinese. No state. */
final class Sentences {

    private static final int LONGEST = 240;
    private static final int SHORTEST = 2;
    private static final Pattern END = Pattern.compile("(?<=[。！？!?；\\n])|(?<=[.;])(?=\\s)");
    private static final Pattern NUMBER = Pattern.compile("\\d");
    private static final Pattern NAME = Pattern.compile("(?<=[\\p{Ll},] )\\p{Lu}[\\p{L}\\d-]+|[\"“「『《].+?[\"”」』》]|\\b[\\w.+-]+@[\\w-]+\\.\\w+");
    private static final Pattern CUE = Pattern.compile("(?i)\\b(remember|my|i am|i'm|i have|i need|i want|name|prefer|allergic|always|never|must|"
            + "important|deadline|budget|decided|agreed|called|password|code|address|born|live)\\b"
            + "|记住|记得|我叫|我是|我的|我要|我想|我们|喜欢|不要|必须|一定|重要|预算|决定|地址|电话|名字|密码|代号|生日|住在|过敏");
    private static final Pattern QUESTION = Pattern.compile("[?？]\\s*$|[吗呢]\\s*[。？?]?\\s*$");
    private static final Pattern WORD = Pattern.compile("[\\p{L}\\p{N}]+");
    private static final Pattern HAN = Pattern.compile("\\p{IsHan}");
    private static final Set<String> EMPTY_WORDS = Set.of("the", "a", "an", "is", "are", "was", "were", "be", "to", "of", "and", "or", "in",
            "on", "at", "for", "with", "it", "this", "that", "you", "i", "me", "my", "your", "we", "do", "does", "did", "what", "which",
            "who", "how", "when", "where", "why", "can", "could", "would", "please", "tell", "say", "said");
    private static final double HAN_SHARE = 0.2;

    private Sentences() {}

    static List<String> of(String text) {
        List<String> sentences = new ArrayList<>();
        for (String part : END.split(text)) {
            String sentence = part.strip().replaceAll("\\s+", " ");
            if (sentence.length() >= SHORTEST) {
                sentences.add(cut(sentence));
            }
        }
        return sentences;
    }

    private static String cut(String sentence) {
        if (sentence.length() <= LONGEST) {
            return sentence;
        }
        int end = Character.isHighSurrogate(sentence.charAt(LONGEST - 1)) ? LONGEST - 1 : LONGEST;
        return sentence.substring(0, end) + "…";
    }

    /** What the user said of himself, with names and numbers, counts most; what he asked, least. */
    static float worth(String role, String sentence, int turn) {
        float worth = role.equals("user") ? 2 : 0;
        worth += turn == 0 ? 1 : 0;
        worth += NUMBER.matcher(sentence).find() ? 1.5f : 0;
        worth += NAME.matcher(sentence).find() ? 1 : 0;
        worth += CUE.matcher(sentence).find() ? 2 : 0;
        worth -= QUESTION.matcher(sentence).find() ? 2.5f : 0;
        return worth;
    }

    /** Words that can tell two subjects apart: of Chinese, which has no spaces, each two characters in a row. */
    static Set<String> words(String text) {
        Set<String> words = new HashSet<>();
        var matcher = WORD.matcher(text);
        while (matcher.find()) {
            String word = matcher.group().toLowerCase(Locale.ROOT);
            if (HAN.matcher(word).find()) {
                for (int i = 0; i + 2 <= word.length(); i++) {
                    words.add(word.substring(i, i + 2));
                }
            } else if (!EMPTY_WORDS.contains(word)) {
                words.add(word.length() > 4 && word.endsWith("s") ? word.substring(0, word.length() - 1) : word);
            }
        }
        return words;
    }

    static boolean isChinese(String text) {
        long letters = text.codePoints().filter(Character::isLetter).count();
        long han = text.codePoints().filter(point -> Character.UnicodeScript.of(point) == Character.UnicodeScript.HAN).count();
        return han > HAN_SHARE * letters;
    }
}
