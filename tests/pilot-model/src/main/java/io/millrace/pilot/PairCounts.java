package io.millrace.pilot;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Finds the merges of a byte-pair vocabulary: again and again the commonest pair. Used once, by one thread. */
final class PairCounts {

    private final List<int[]> words = new ArrayList<>();
    private final List<Integer> counts = new ArrayList<>();
    private final Map<Long, Integer> pairs = new HashMap<>();
    private final Map<Long, List<Integer>> places = new HashMap<>();
    private final List<Integer> lengths = new ArrayList<>();
    private final int longest;

    /** @param longest bytes of a token at most */
    PairCounts(Map<String, Integer> texts, int longest) {
        this.longest = longest;
        for (int b = 0; b < 256; b++) {
            lengths.add(1);
        }
        new TreeMap<>(texts).forEach((word, count) -> {
            byte[] bytes = word.getBytes(StandardCharsets.UTF_8);
            int[] tokens = new int[bytes.length];
            for (int i = 0; i < bytes.length; i++) {
                tokens[i] = bytes[i] & 0xFF;
            }
            words.add(tokens);
            counts.add(count);
            count(words.size() - 1, count);
        });
    }

    private void count(int word, int by) {
        int[] tokens = words.get(word);
        for (int i = 0; i + 1 < tokens.length; i++) {
            long pair = pair(tokens[i], tokens[i + 1]);
            pairs.merge(pair, by, Integer::sum);
            if (by > 0) {
                places.computeIfAbsent(pair, _ -> new ArrayList<>()).add(word);
            }
        }
    }

    private static long pair(int left, int right) {
        return (long) left << 32 | right;
    }

    /** @throws IllegalArgumentException when fewer pairs occur as often as {@code rarest} */
    List<int[]> merges(int wanted, int rarest) {
        List<int[]> merges = new ArrayList<>();
        while (merges.size() < wanted) {
            long best = commonest(rarest);
            int left = (int) (best >> 32);
            int right = (int) best;
            int merged = lengths.size();
            lengths.add(lengths.get(left) + lengths.get(right));
            merges.add(new int[] {left, right});
            for (int word : places.remove(best).stream().distinct().toList()) {
                count(word, -counts.get(word));
                words.set(word, merge(words.get(word), left, right, merged));
                count(word, counts.get(word));
            }
            pairs.remove(best);
        }
        return merges;
    }

    private long commonest(int rarest) {
        long best = -1;
        int most = rarest - 1;
        for (Map.Entry<Long, Integer> entry : pairs.entrySet()) {
            long pair = entry.getKey();
            int count = entry.getValue();
            if ((count > most || count == most && best >= 0 && pair < best)
                    && lengths.get((int) (pair >> 32)) + lengths.get((int) pair) <= longest) {
                best = pair;
                most = count;
            }
        }
        if (best < 0) {
            throw new IllegalArgumentException("the texts hold no more pairs: make the vocabulary smaller than "
                    + lengths.size());
        }
        return best;
    }

    private static int[] merge(int[] tokens, int left, int right, int merged) {
        int[] shorter = new int[tokens.length];
        int size = 0;
        for (int i = 0; i < tokens.length; i++) {
            boolean here = i + 1 < tokens.length && tokens[i] == left && tokens[i + 1] == right;
            shorter[size++] = here ? merged : tokens[i];
            i += here ? 1 : 0;
        }
        return Arrays.copyOf(shorter, size);
    }
}
