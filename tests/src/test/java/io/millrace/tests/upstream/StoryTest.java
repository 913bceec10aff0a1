package io.millrace.tests.upstream;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;

import org.junit.jupiter.api.Test;

class StoryTest {

    private final Story story = Story.ofChat("tell");

    @Test
    void isDecidedByItsPromptAlone() {
        assertEquals(story.words(200), Story.ofChat("tell").words(200));
        assertNotEquals(story.words(200), Story.ofChat("tell me").words(200));
    }

    @Test
    void knowsItsBeginningsAndNothingElse() {
        String fifty = story.words(50);
        assertEquals(0, story.said(""));
        assertEquals(50, story.said(fifty));
        assertEquals(49, story.said(fifty.substring(0, fifty.length() - 1)));
        assertEquals(-1, story.said(fifty + " "  + "!"));
        assertEquals(-1, story.said(fifty.substring(1)));
        assertEquals(-1, story.said(story.words(40) + story.words(50).substring(story.end(41))));
    }

    @Test
    void isTheSameInTokens() {
        int[] tokens = new int[300];
        for (int i = 0; i < tokens.length; i++) {
            tokens[i] = story.token(i);
        }
        assertEquals(story.words(300), Story.text(tokens));
    }
}
