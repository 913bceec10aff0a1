package io.millrace.pilot;

import io.millrace.connector.engine.EngineException;
import io.millrace.pilot.Corpus.Language;
import java.nio.file.Path;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/**
 * Asks a model the held-out questions through llama.cpp and prints what share of the answers hold their keywords:
 * {@code Examiner MODEL.gguf NATIVES [all] [rehearsal]}. With {@code all}, every answer is printed, else the wrong ones;
 * {@code rehearsal} asks the questions that the corpus was tried with instead.
 */
public final class Examiner {

    private static final int SPEED_TOKENS = 1000;

    /** How many were asked, and how many answers were right. */
    record Score(int asked, int right) {
        Score plus(boolean good) {
            return new Score(asked + 1, right + (good ? 1 : 0));
        }

        double share() {
            return (double) right / asked;
        }
    }

    private Examiner() {}

    public static void main(String[] arguments) throws EngineException {
        boolean all = List.of(arguments).contains("all");
        boolean rehearsal = List.of(arguments).contains("rehearsal");
        try (Speaker speaker = new Speaker(Path.of(arguments[0]), Path.of(arguments[1]))) {
            examine(speaker, rehearsal ? Question.rehearsal() : Question.heldOut(), all).forEach((language, score) ->
                    System.out.printf("%s: %d of %d (%.1f %%)%n", language, score.right, score.asked, 100 * score.share()));
            System.out.printf("%.0f tokens/s on one stream%n", speaker.tokensPerSecond(SPEED_TOKENS));
        }
    }

    static Map<Language, Score> examine(Speaker speaker, List<Question> questions, boolean printAll)
            throws EngineException {
        Map<Language, Score> scores = new EnumMap<>(Language.class);
        for (Question question : questions) {
            String answer = speaker.answer(question.turns());
            boolean right = Keywords.holdsAll(answer, question.keywords());
            scores.merge(question.language(), new Score(1, right ? 1 : 0), (old, _) -> old.plus(right));
            if (printAll || !right) {
                System.out.printf("%s %s%n   %s%n   wanted: %s%n", right ? "+" : "-", question.asked(), answer,
                        question.keywords());
            }
        }
        return scores;
    }
}
