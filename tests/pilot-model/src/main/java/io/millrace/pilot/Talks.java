package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;

/** Invents dialogues from the corpora: the same seed gives the same ones. Used by one thread. */
final class Talks {

    private static final double UNRELATED = 0.12;
    private static final double FOLLOW_UP = 0.15;
    private static final double ANOTHER_TURN = 0.2;
    private static final double SYSTEM = 0.12;
    private static final double BABBLE = 0.2;
    private static final double REWORDED = 0.7;
    private static final double FRAMED = 0.6;
    /** Settings are a third of the facts, and people seldom ask for one: another fact is taken instead. */
    private static final double SETTING_PASSED_OVER = 0.7;

    /** @param answer null for a system message */
    record Turn(String question, String answer) {}

    /** @param system what the client says first, or null */
    record Talk(String system, List<Turn> turns) {}

    private final List<Corpus> corpora;
    private final Map<Corpus, Map<String, List<Fact>>> groups = new HashMap<>();
    private final Map<Language, Rewording> rewordings = new EnumMap<>(Language.class);
    private final Noise noise = new Noise();
    private final Random random;

    Talks(List<Corpus> corpora, long seed) {
        this.corpora = corpora;
        this.random = new Random(seed);
        for (Corpus corpus : corpora) {
            rewordings.put(corpus.language(), new Rewording(corpus.language()));
            Map<String, List<Fact>> byGroup = new HashMap<>();
            for (Fact fact : corpus.facts()) {
                if (!fact.group().isEmpty()) {
                    byGroup.computeIfAbsent(fact.group(), _ -> new ArrayList<>()).add(fact);
                }
            }
            groups.put(corpus, byGroup);
        }
    }

    Talk next() {
        Corpus corpus = corpora.get(random.nextInt(corpora.size()));
        List<Turn> turns = new ArrayList<>();
        do {
            if (random.nextDouble() < FOLLOW_UP) {
                pair(corpus, turns);
            } else {
                turns.add(single(corpus));
            }
        } while (turns.size() < 3 && random.nextDouble() < ANOTHER_TURN);
        Corpus speaker = corpora.get(random.nextInt(corpora.size()));
        String system = random.nextDouble() < SYSTEM ? one(speaker, speaker.systems()) : null;
        return new Talk(system, turns);
    }

    private Turn single(Corpus corpus) {
        if (random.nextDouble() < UNRELATED) {
            if (random.nextDouble() < BABBLE) {
                String words = rewordings.get(corpus.language()).babble(random);
                return new Turn(noise.on(corpus.language(), words, random), corpus.refusal());
            }
            return new Turn(dressed(corpus, one(corpus, corpus.unrelated())), corpus.refusal());
        }
        Fact fact = one(corpus.facts());
        while (fact.group().equals(Settings.GROUP) && random.nextDouble() < SETTING_PASSED_OVER) {
            fact = one(corpus.facts());
        }
        return new Turn(dressed(corpus, one(corpus, fact.questions())), fact.answer());
    }

    /** A question, and one that means something only after it. */
    private void pair(Corpus corpus, List<Turn> turns) {
        List<String> names = groups.get(corpus).keySet().stream().sorted().toList();
        List<Fact> group = groups.get(corpus).get(names.get(random.nextInt(names.size())));
        Fact first = one(group);
        Fact second = one(group);
        turns.add(new Turn(dressed(corpus, one(corpus, first.questions())), first.answer()));
        if (second != first && !second.followUps().isEmpty()) {
            turns.add(new Turn(dressed(corpus, one(corpus, second.followUps())), second.answer()));
        }
    }

    private String dressed(Corpus corpus, String question) {
        String reworded = random.nextDouble() < REWORDED
                ? rewordings.get(corpus.language()).of(question, random) : question;
        String frame = random.nextDouble() < FRAMED ? one(corpus, corpus.frames()) : "_";
        return noise.on(corpus.language(), frame.replace("_", reworded), random);
    }

    private String one(Corpus corpus, List<String> patterns) {
        return corpus.phrases().one(one(patterns), random);
    }

    private <T> T one(List<T> of) {
        return of.get(random.nextInt(of.size()));
    }
}
