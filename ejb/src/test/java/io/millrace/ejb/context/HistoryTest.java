package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.Tokenizer;
import java.util.ArrayList;
import java.util.List;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class HistoryTest {

    private static List<Tokenizer.Turn> said(String... texts) {
        List<Tokenizer.Turn> turns = new ArrayList<>();
        for (String text : texts) {
            turns.add(new Tokenizer.Turn(switch (text.charAt(0)) {
                case 'a' -> "assistant";
                case 's' -> "system";
                default -> "user";
            }, text));
        }
        return turns;
    }

    private static List<Item> kept(String... texts) {
        return said(texts).stream().map(turn -> new Item("i", turn.role(), turn.content(), 0)).toList();
    }

    @Test
    void aNewMessageAloneIsNew() {
        History history = History.of(said("s", "u3"), kept("u1", "a1", "u2", "a2"));

        assertEquals(said("u3"), history.fresh());
        assertEquals(said("s"), history.systems());
        assertEquals(4, history.keep());
        assertFalse(history.differs());
    }

    @Test
    void aWholeHistoryIsKnownByItsBeginning() {
        History history = History.of(said("s", "u1", "a1", "u2", "a2", "u3"), kept("u1", "a1", "u2", "a2"));

        assertEquals(said("u3"), history.fresh());
        assertEquals(4, history.keep());
        assertFalse(history.differs());
    }

    @Test
    void whatIsAskedAnewTakesTheOldAnswersPlace() {
        History history = History.of(said("u1", "a1", "u2"), kept("u1", "a1", "u2", "a2"));

        assertEquals(said("u2"), history.fresh());
        assertEquals(2, history.keep());
        assertFalse(history.differs());
    }

    @Test
    void aClientThatForgotTheBeginningIsKnownByTheEnd() {
        History history = History.of(said("u2", "a2", "u3"), kept("u1", "a1", "u2", "a2"));

        assertEquals(said("u3"), history.fresh());
        assertEquals(4, history.keep());
        assertTrue(history.differs());
    }

    @Test
    void whatNeverWasSaidHereIsAdded() {
        History history = History.of(said("u8", "a8", "u9"), kept("u1", "a1"));

        assertEquals(said("u8", "a8", "u9"), history.fresh());
        assertEquals(2, history.keep());
        assertTrue(history.differs());
    }

    @Test
    void theFirstCallMayBringAHistory() {
        History history = History.of(said("u1", "a1", "u2"), kept());

        assertEquals(said("u1", "a1", "u2"), history.fresh());
        assertFalse(history.differs());
    }

    /** Whatever part of the true history a client sends before its new message, that message alone is new. */
    @Property
    void noPartOfTheTrueHistoryIsKeptTwice(@ForAll @IntRange(min = 1, max = 12) int turns, @ForAll @IntRange(min = 0, max = 12) int forgotten) {
        List<String> all = new ArrayList<>();
        for (int i = 0; i < turns; i++) {
            all.addAll(List.of("u" + i, "a" + i));
        }
        List<String> sent = new ArrayList<>(all.subList(Math.min(2 * forgotten, all.size()), all.size()));
        sent.add("u-new");

        History history = History.of(said(sent.toArray(String[]::new)), kept(all.toArray(String[]::new)));

        assertEquals(said("u-new"), history.fresh());
        assertEquals(all.size(), history.keep());
    }
}
