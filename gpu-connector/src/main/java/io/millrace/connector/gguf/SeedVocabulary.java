package io.millrace.connector.gguf;

import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * A made-up byte-level BPE vocabulary ({@code tokenizer.ggml.model = gpt2}): one token for each byte, so every text can
 * be written; then the beginnings of some English and of many invented words, each one letter longer than an earlier
 * one; then four markers. Immutable.
 */
final class SeedVocabulary {

    /** A space as byte-level BPE writes it. */
    private static final String SPACE = "\u0120";
    private static final int BYTES = 256;
    private static final int TYPE_NORMAL = 1;
    private static final int TYPE_CONTROL = 3;

    private static final String[] WORDS = ("the of and to in is you that it he was for on are with as his they be at"
            + " one have this from or had by hot word but what some we can out other were all there when up use your"
            + " how said an each she which do their time if will way about many then them write would like so these her"
            + " long make thing see him two has look more day could go come did number sound no most people my over"
            + " know water than call first who may down side been now find").split(" ");
    private static final String CONSONANTS = "bcdfghjklmnpqrstvwxz";
    private static final String VOWELS = "aeiou";
    private static final int LONGEST_INVENTED = 5;

    private static final List<String> MARKERS = List.of("<|begin|>", "<|endoftext|>", "<|im_start|>", "<|im_end|>");

    private final List<String> tokens = new ArrayList<>();
    private final List<String> merges = new ArrayList<>();

    /** @param size tokens in all */
    SeedVocabulary(int size) {
        Set<String> all = new LinkedHashSet<>();
        for (int b = 0; b < BYTES; b++) {
            all.add(String.valueOf(written(b)));
        }
        addBeginnings(all, size - MARKERS.size());
        if (all.size() != size - MARKERS.size()) {
            throw new IllegalArgumentException("can't invent " + size + " tokens");
        }
        tokens.addAll(all);
        tokens.addAll(MARKERS);
    }

    /** Adds word beginnings, all of one letter, then all of two, and so on, until there are {@code size} tokens. */
    private void addBeginnings(Set<String> all, int size) {
        for (int letters = 1; letters < 8; letters++) {
            for (String word : WORDS) {
                if (letters <= word.length()) {
                    merge(all, SPACE, word.substring(0, letters), size);
                }
            }
        }
        for (String before : List.of(SPACE, "")) {
            for (int letters = 1; letters < LONGEST_INVENTED; letters++) {
                invent(all, before, "", letters, size);
            }
        }
        invent(all, SPACE, "", LONGEST_INVENTED, size);
    }

    private void invent(Set<String> all, String before, String begun, int letters, int size) {
        if (begun.length() == letters) {
            merge(all, before, begun, size);
            return;
        }
        String alphabet = begun.length() % 2 == 0 ? CONSONANTS : VOWELS;
        for (int i = 0; i < alphabet.length() && all.size() < size; i++) {
            invent(all, before, begun + alphabet.charAt(i), letters, size);
        }
    }

    private void merge(Set<String> all, String before, String letters, int size) {
        String token = before + letters;
        if (token.length() > 1 && all.size() < size && all.add(token)) {
            merges.add(token.substring(0, token.length() - 1) + " " + token.charAt(token.length() - 1));
        }
    }

    /** The character that stands for a byte in byte-level BPE: itself where it is visible, else one from U+0100 on. */
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

    int size() {
        return tokens.size();
    }

    /** @param split how text is split before merging, a name of {@code tokenizer.ggml.pre} */
    void writeTo(GgufWriter out, String split, boolean beginsWithMarker) {
        int firstMarker = tokens.size() - MARKERS.size();
        int[] types = new int[tokens.size()];
        for (int token = 0; token < types.length; token++) {
            types[token] = token < firstMarker ? TYPE_NORMAL : TYPE_CONTROL;
        }
        out.put("tokenizer.ggml.model", "gpt2").put("tokenizer.ggml.pre", split)
                .put("tokenizer.ggml.tokens", tokens).put("tokenizer.ggml.token_type", types)
                .put("tokenizer.ggml.merges", merges)
                .put("tokenizer.ggml.bos_token_id", firstMarker)
                .put("tokenizer.ggml.eos_token_id", tokens.size() - 1)
                .put("tokenizer.ggml.padding_token_id", firstMarker + 1)
                .put("tokenizer.ggml.add_bos_token", beginsWithMarker)
                .put("tokenizer.chat_template", "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
                        + "{{ message['content'] }}<|im_end|>\n{% endfor %}"
                        + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}");
    }
}
