package io.millrace.pilot;

import java.util.ArrayList;
import java.util.List;

/**
 * One thing that the model knows, in one language. Immutable.
 *
 * @param group     what it has in common with others: a second question can refer to the first in the same group
 * @param answer    said word for word
 * @param keywords  what every right answer holds; each may give alternatives, separated by bars
 * @param questions patterns of {@link Phrases}
 * @param followUps patterns of questions that make sense only after another of the same group
 */
record Fact(String id, String group, String answer, List<String> keywords, List<String> questions,
            List<String> followUps) {

    Fact {
        if (answer.isEmpty() || keywords.isEmpty() || questions.isEmpty()) {
            throw new IllegalArgumentException(id + " needs an answer, keywords and questions");
        }
        for (String keyword : keywords) {
            if (!Keywords.holds(answer, keyword)) {
                throw new IllegalArgumentException(id + " doesn't say \"" + keyword + "\": " + answer);
            }
        }
        keywords = List.copyOf(keywords);
        questions = List.copyOf(questions);
        followUps = List.copyOf(followUps);
    }

    /** The same fact, asked for in more ways. Its own name it in its usual words, and make up about a quarter all the same. */
    Fact with(List<String> moreQuestions) {
        List<String> all = new ArrayList<>(moreQuestions);
        do {
            all.addAll(questions);
        } while (all.size() < moreQuestions.size() * 4 / 3);
        return new Fact(id, group, answer, keywords, all, followUps);
    }
}
