package io.millrace.pilot;

import io.millrace.pilot.Corpus.Language;
import java.util.ArrayList;
import java.util.List;

/**
 * One line of the held-out set: {@code EN | keyword, keyword | first question | second question}; the last question is
 * the one that counts. Immutable.
 */
record Question(Language language, List<String> keywords, List<String> turns) {

    static Question of(String line) {
        String[] cells = line.split(" +\\| +");
        if (cells.length < 3) {
            throw new IllegalArgumentException("a question needs language, keywords and a question: " + line);
        }
        return new Question(Language.valueOf(cells[0]), List.of(cells[1].split(", *")),
                List.copyOf(new ArrayList<>(List.of(cells).subList(2, cells.length))));
    }

    /** The examination: its questions were written after the corpus was done, and nothing was changed for their sake. */
    static List<Question> heldOut() {
        return read("held-out.txt");
    }

    /** What the corpus was tried with while it grew. */
    static List<Question> rehearsal() {
        return read("rehearsal.txt");
    }

    private static List<Question> read(String resource) {
        return Corpus.lines(resource).stream().map(Question::of).toList();
    }

    String asked() {
        return String.join(" → ", turns);
    }
}
