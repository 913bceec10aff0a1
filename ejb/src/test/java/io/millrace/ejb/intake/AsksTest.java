package io.millrace.ejb.intake;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Tokenizer.Turn;
import java.nio.charset.StandardCharsets;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.Size;
import org.junit.jupiter.api.Test;

class AsksTest {

    private static final int TEMPLATE = 16;

    private static String text(char[] letters) {
        return new String(letters);
    }

    /** Of the worst vocabulary there is, where every byte is a token, that begins with a token and a blank. */
    private static int tokens(String text) {
        String paired = new String(text.codePoints().map(each -> each >= 0xD800 && each < 0xE000 ? 0xFFFD : each).toArray(), 0,
                text.codePointCount(0, text.length()));
        return 2 + paired.getBytes(StandardCharsets.UTF_8).length;
    }

    @Property
    void noTextHasMoreTokensThanItMayHave(@ForAll char[] letters) {
        assertTrue(Asks.mostTokens(new Prompt.Text(text(letters))) >= tokens(text(letters)));
    }

    @Property
    void noChatHasMoreTokensThanItMayHave(@ForAll @Size(max = 10) List<char[]> contents, @ForAll boolean continues) {
        List<Turn> turns = contents.stream().map(each -> new Turn("user", text(each))).toList();
        int most = turns.stream().mapToInt(turn -> TEMPLATE + tokens(turn.content()) - 2).sum() + TEMPLATE;
        assertTrue(Asks.mostTokens(new Prompt.Chat(turns, continues)) >= most);
    }

    @Property
    void likelyIsNeverMoreThanMost(@ForAll List<char[]> contents) {
        Prompt chat = new Prompt.Chat(contents.stream().map(each -> new Turn("user", text(each))).toList(), false);
        assertTrue(Asks.likelyTokens(chat) <= Asks.mostTokens(chat));
    }

    @Test
    void tokensAreAsManyAsTheyAre() {
        assertEquals(3, Asks.mostTokens(new Prompt.Tokens(new int[] {1, 2, 3})));
        assertEquals(3, Asks.likelyTokens(new Prompt.Tokens(new int[] {1, 2, 3})));
    }

    @Test
    void halfASurrogatePairIsAsLongAsWhatEnginesReadInItsPlace() {
        assertEquals(2 + 3, Asks.mostTokens(new Prompt.Text("\uD83D")));
        assertEquals(2 + 4, Asks.mostTokens(new Prompt.Text("\uD83D\uDE00")));
    }
}
