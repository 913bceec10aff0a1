package io.millrace.pilot;

import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.pilot.Corpus.Language;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The model of the repository passes its examination, greedily and through llama.cpp. */
class ExaminationTest {

    private static final double ALL = 0.90;
    private static final double EACH_LANGUAGE = 0.85;
    private static final long MOST_BYTES = 12_000_000;

    @Test
    void answersUnseenQuestionsInBothLanguages() throws EngineException {
        try (Speaker speaker = new Speaker(TrainedModel.FILE, TrainedModel.NATIVES)) {
            Map<Language, Examiner.Score> scores = Examiner.examine(speaker, Question.heldOut(), false);
            int asked = scores.values().stream().mapToInt(Examiner.Score::asked).sum();
            int right = scores.values().stream().mapToInt(Examiner.Score::right).sum();
            System.out.println("held-out questions: " + scores);
            assertTrue(right >= ALL * asked, () -> scores.toString());
            scores.forEach((language, score) ->
                    assertTrue(score.share() >= EACH_LANGUAGE, () -> language + ": " + score));
        }
    }

    @Test
    void isSmall() throws IOException {
        long bytes = Files.size(TrainedModel.FILE);
        assertTrue(bytes <= MOST_BYTES, () -> bytes + " bytes");
    }
}
