package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Dialogues as the model sees them, in ChatML. Each pool of batches depends on nothing but the seed and its number, so
 * training can stop and go on anywhere. Immutable.
 */
final class Lessons {

    static final String TEMPLATE = "{% for message in messages %}<|im_start|>{{ message['role'] }}\n"
            + "{{ message['content'] }}<|im_end|>\n{% endfor %}"
            + "{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}";

    /** Batches of a pool have dialogues of like lengths, so that little of them is filling. */
    static final int POOL = 8;
    private static final int LONGEST = 256;
    private static final double IN_PIECES = 0.25;
    private static final double DROPOUT = 0.1;
    /** Dialogues that end soon after their last answer began: what it says is decided there, the rest is soon known. */
    private static final double CUT_SHORT = 0.85;
    private static final int BEGINNING = 10;
    private static final double BLURRED = 0.15;
    private static final double BLUR = 0.12;

    private static final int VOCABULARY_TALKS = 16_000;
    private static final int VOCABULARY_ANSWERS = 6;

    private final List<Corpus> corpora;
    private final BytePairs vocabulary;
    private final long seed;
    private final int rows;

    /** @param rows dialogues of a batch */
    Lessons(List<Corpus> corpora, BytePairs vocabulary, long seed, int rows) {
        this.corpora = corpora;
        this.vocabulary = vocabulary;
        this.seed = seed;
        this.rows = rows;
    }

    static List<Corpus> corpora() {
        return Arrays.stream(Language.values()).map(Corpus::read).toList();
    }

    /** A vocabulary for the corpora: their answers count less than questions, which come in many forms. */
    static BytePairs vocabulary(List<Corpus> corpora, int size, long seed) {
        List<String> texts = new ArrayList<>();
        Talks talks = new Talks(corpora, seed);
        for (int i = 0; i < VOCABULARY_TALKS; i++) {
            for (Talks.Turn turn : talks.next().turns()) {
                texts.add(turn.question());
            }
        }
        for (int i = 0; i < VOCABULARY_ANSWERS; i++) {
            corpora.forEach(corpus -> corpus.facts().forEach(fact -> texts.add(fact.answer())));
            texts.addAll(List.of("user\n", "assistant\n", "system\n"));
        }
        return BytePairs.learn(texts, size);
    }

    List<Batch> pool(int number) {
        Talks talks = new Talks(corpora, seed * 1_000_003 + number);
        Random random = new Random(seed * 7_919 + number);
        List<Batch.Row> all = new ArrayList<>();
        while (all.size() < POOL * rows) {
            Batch.Row row = row(talks.next(), random);
            if (row.tokens().length <= LONGEST) {
                all.add(row);
            }
        }
        all.sort(Comparator.comparingInt(row -> row.tokens().length));
        int filler = vocabulary.marker("<|endoftext|>");
        List<Batch> batches = new ArrayList<>();
        for (int i = 0; i < POOL; i++) {
            batches.add(Batch.of(all.subList(i * rows, (i + 1) * rows), filler));
        }
        java.util.Collections.shuffle(batches, random);
        return batches;
    }

    private Batch.Row row(Talks.Talk talk, Random random) {
        Writing writing = new Writing();
        if (talk.system() != null) {
            writing.message("system", vocabulary.encode(talk.system()), false);
        }
        for (Talks.Turn turn : talk.turns()) {
            double dropout = random.nextDouble() < IN_PIECES ? DROPOUT : 0;
            writing.message("user", blurred(vocabulary.encode(turn.question(), dropout, random), random), false);
            writing.message("assistant", vocabulary.encode(turn.answer()), true);
        }
        Batch.Row row = writing.row();
        return random.nextDouble() < CUT_SHORT ? cutShort(row) : row;
    }

    private static Batch.Row cutShort(Batch.Row row) {
        int begun = row.tokens().length - 2;
        while (row.answers()[begun - 1]) {
            begun--;
        }
        int length = Math.min(row.tokens().length, begun + BEGINNING);
        return new Batch.Row(Arrays.copyOf(row.tokens(), length), Arrays.copyOf(row.answers(), length));
    }

    /** Some tokens made unreadable, so that no single one decides everything. */
    private int[] blurred(int[] tokens, Random random) {
        if (random.nextDouble() < BLURRED) {
            for (int i = 0; i < tokens.length; i++) {
                tokens[i] = random.nextDouble() < BLUR ? random.nextInt(vocabulary.size() - 3) : tokens[i];
            }
        }
        return tokens;
    }

    private final class Writing {
        private final IntStream.Builder tokens = IntStream.builder();
        private final List<Boolean> answers = new ArrayList<>();

        void message(String role, int[] content, boolean answer) {
            add(false, vocabulary.marker("<|im_start|>"));
            add(false, vocabulary.encode(role + "\n"));
            add(answer, content);
            add(answer, vocabulary.marker("<|im_end|>"));
            add(false, vocabulary.encode("\n"));
        }

        private void add(boolean answer, int... more) {
            for (int token : more) {
                tokens.add(token);
                answers.add(answer);
            }
        }

        Batch.Row row() {
            boolean[] flags = new boolean[answers.size()];
            for (int i = 0; i < flags.length; i++) {
                flags[i] = answers.get(i);
            }
            return new Batch.Row(tokens.build().toArray(), flags);
        }
    }
}
