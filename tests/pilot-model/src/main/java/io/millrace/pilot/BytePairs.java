package io.millrace.pilot;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Byte-level byte-pair encoding: the 256 bytes, then one token for each learned merge, then three markers. Text is
 * first split into words as GPT-2 does it, which llama.cpp calls {@code gpt-2}. Immutable.
 */
final class BytePairs {

    static final List<String> MARKERS = List.of("<|endoftext|>", "<|im_start|>", "<|im_end|>");

    private static final int BYTES = 256;
    /** Longer tokens would swallow whole sentences of a corpus this small. */
    private static final int LONGEST_TOKEN_BYTES = 15;
    private static final int RAREST_PAIR = 3;
    private static final Pattern WORD = Pattern.compile(
            "'s|'t|'re|'ve|'m|'ll|'d| ?\\p{L}+| ?\\p{N}+| ?[^\\s\\p{L}\\p{N}]+|\\s+(?!\\S)|\\s+",
            Pattern.UNICODE_CHARACTER_CLASS);

    private record Pair(int left, int right) {}

    private final List<Pair> merges;
    private final Map<Pair, Integer> ranks = new HashMap<>();
    private final List<byte[]> pieces = new ArrayList<>();

    private BytePairs(List<Pair> merges) {
        this.merges = List.copyOf(merges);
        for (int b = 0; b < BYTES; b++) {
            pieces.add(new byte[] {(byte) b});
        }
        for (Pair merge : merges) {
            ranks.put(merge, ranks.size());
            pieces.add(joined(pieces.get(merge.left), pieces.get(merge.right)));
        }
    }

    /**
     * Learns merges until the vocabulary has {@code size} tokens, the markers included.
     *
     * @throws IllegalArgumentException when the texts hold too few pairs for that
     */
    static BytePairs learn(Collection<String> texts, int size) {
        Map<String, Integer> words = new HashMap<>();
        for (String text : texts) {
            for (String word : words(text)) {
                words.merge(word, 1, Integer::sum);
            }
        }
        return new BytePairs(new PairCounts(words, LONGEST_TOKEN_BYTES)
                .merges(size - BYTES - MARKERS.size(), RAREST_PAIR).stream()
                .map(pair -> new Pair(pair[0], pair[1])).toList());
    }

    /** One line for each merge, as {@link #lines} writes them. */
    static BytePairs of(List<String> lines) {
        return new BytePairs(lines.stream().map(line -> {
            String[] sides = line.split(" ");
            return new Pair(Integer.parseInt(sides[0]), Integer.parseInt(sides[1]));
        }).toList());
    }

    List<String> lines() {
        return merges.stream().map(merge -> merge.left + " " + merge.right).toList();
    }

    int size() {
        return pieces.size() + MARKERS.size();
    }

    int marker(String name) {
        return pieces.size() + MARKERS.indexOf(name);
    }

    int[] encode(String text) {
        return encode(text, 0, null);
    }

    /**
     * @param dropout chance of each merge to be left out, which shows a learner the same word in other pieces
     *                (Provilkov and others, 2020)
     */
    int[] encode(String text, double dropout, Random random) {
        IntStream.Builder tokens = IntStream.builder();
        for (String word : words(text)) {
            for (int token : merged(word, dropout, random)) {
                tokens.add(token);
            }
        }
        return tokens.build().toArray();
    }

    private List<Integer> merged(String word, double dropout, Random random) {
        List<Integer> tokens = new ArrayList<>();
        for (byte b : word.getBytes(StandardCharsets.UTF_8)) {
            tokens.add(b & 0xFF);
        }
        while (true) {
            int best = Integer.MAX_VALUE;
            int at = -1;
            for (int i = 0; i + 1 < tokens.size(); i++) {
                int rank = ranks.getOrDefault(new Pair(tokens.get(i), tokens.get(i + 1)), Integer.MAX_VALUE);
                if (rank < best && (dropout == 0 || random.nextDouble() >= dropout)) {
                    best = rank;
                    at = i;
                }
            }
            if (at < 0) {
                return tokens;
            }
            tokens.set(at, BYTES + best);
            tokens.remove(at + 1);
        }
    }

    /** The text of tokens; markers have none. */
    String decode(int[] tokens) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        for (int token : tokens) {
            if (token < pieces.size()) {
                bytes.writeBytes(pieces.get(token));
            }
        }
        return bytes.toString(StandardCharsets.UTF_8);
    }

    static List<String> words(String text) {
        List<String> words = new ArrayList<>();
        Matcher matcher = WORD.matcher(text);
        while (matcher.find()) {
            words.add(matcher.group());
        }
        return words;
    }

    /** The tokens as GGUF writes them, the markers at the end. */
    List<String> written() {
        List<String> all = new ArrayList<>();
        pieces.forEach(piece -> all.add(written(piece)));
        all.addAll(MARKERS);
        return all;
    }

    List<String> writtenMerges() {
        return merges.stream().map(merge -> written(pieces.get(merge.left)) + " " + written(pieces.get(merge.right)))
                .toList();
    }

    private static String written(byte[] piece) {
        StringBuilder text = new StringBuilder();
        for (byte b : piece) {
            text.append(written(b & 0xFF));
        }
        return text.toString();
    }

    /** A byte stands for itself where it is visible, else for a character from U+0100 on. */
    private static char written(int b) {
        if (isVisible(b)) {
            return (char) b;
        }
        int rank = 0;
        for (int earlier = 0; earlier < b; earlier++) {
            rank += isVisible(earlier) ? 0 : 1;
        }
        return (char) (BYTES + rank);
    }

    private static boolean isVisible(int b) {
        return b >= '!' && b <= '~' || b >= 0xA1 && b <= 0xAC || b >= 0xAE && b <= 0xFF;
    }

    private static byte[] joined(byte[] left, byte[] right) {
        byte[] both = java.util.Arrays.copyOf(left, left.length + right.length);
        System.arraycopy(right, 0, both, left.length, right.length);
        return both;
    }
}
