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

    static List<Question> heldOut() {
        return Corpus.lines("held-out.txt").stream().map(Question::of).toList();
    }

    String asked() {
        return String.join(" → ", turns);
    }
}
