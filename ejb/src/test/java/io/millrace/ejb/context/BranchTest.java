package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.context.Talk.Said;
import io.millrace.ejb.flow.Refusal.Reason;
import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.PostgresArchive;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** Calls that go on from an answer, from the last one or from one before. */
class BranchTest {

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.withEmpty("archived_conversation");

    @TempDir
    Path folder;
    private Talk talk;

    @BeforeEach
    void open() {
        talk = new Talk(folder, new PostgresArchive(DATABASE.transactions()));
    }

    @AfterEach
    void close() {
        talk.close();
    }

    @Test
    void goesOnInTheSameConversationAfterItsLastAnswer() throws Exception {
        Said first = talk.say(Talk.anew(), "A1", "u1");
        Said second = talk.say(Talk.after(first), "A2", "u2");

        assertEquals(first.told().conversation(), second.told().conversation());
        assertEquals(List.of("u1", "A1", "u2"), second.prompt());
        assertEquals(List.of("u1", "A1", "u2", "A2"), talk.texts(first.told().conversation()));
    }

    @Test
    void goesOnInANewConversationWhereMoreWasSaidSince() throws Exception {
        Said first = talk.say(Talk.anew(), "A1", "u1");
        talk.say(Talk.after(first), "A2", "u2");
        Said other = talk.say(Talk.after(first), "B2", "v2");
        Said further = talk.say(Talk.after(other), "B3", "v3");

        assertNotEquals(first.told().conversation(), other.told().conversation());
        assertEquals(List.of("u1", "A1", "v2"), other.prompt());
        assertEquals(other.told().conversation(), further.told().conversation());
        assertEquals(List.of("u1", "A1", "u2", "A2"), talk.texts(first.told().conversation()));
        assertEquals(List.of("u1", "A1", "v2", "B2", "v3", "B3"), talk.texts(other.told().conversation()));
    }

    @Test
    void branchesFromATurnThatMemoryNoLongerHolds() throws Exception {
        List<Said> said = new ArrayList<>(List.of(talk.say(Talk.anew(), "A0", "u0")));
        for (int i = 1; i < 40; i++) {
            said.add(talk.say(Talk.after(said.getLast()), "A" + i, "u" + i));
        }
        Said other = talk.say(Talk.after(said.get(19)), "B", "v");

        assertEquals(42, talk.texts(other.told().conversation()).size());
        assertEquals(List.of("u19", "A19", "v", "B"), talk.texts(other.told().conversation()).subList(38, 42));
    }

    @Test
    void whatIsNotKeptLeavesNothing() throws Exception {
        Said first = talk.say(Talk.anew(), "A1", "u1");
        Said unkept = talk.say(new ConversationAsk(first.told().conversation(), false, first.told().item(), false, false), "A2", "u2");
        Said failed = talk.say(Talk.anew(), null, "u1");

        assertEquals(List.of("u1", "A1", "u2"), unkept.prompt());
        assertEquals(List.of("u1", "A1"), talk.texts(first.told().conversation()));
        assertTrue(talk.keeper.get(Talk.TENANT, failed.told().conversation()).isEmpty());
    }

    @Test
    void instructionsHoldForTheirCallAlone() throws Exception {
        Said first = talk.say(new ConversationAsk(null, false, null, true, true), "A1", "!brief", "!kind", "u1");
        Said second = talk.say(Talk.after(first), "A2", "u2");
        Said third = talk.say(new ConversationAsk(first.told().conversation(), false, null, true, true), "A3", "!long", "u3");

        assertEquals(List.of("!brief\n\n!kind", "u1"), first.prompt());
        assertEquals(List.of("!kind", "u1", "A1", "u2"), second.prompt());
        assertEquals(List.of("!long\n\n!kind", "u1", "A1", "u2", "A2", "u3"), third.prompt());
    }

    @Test
    void tellsWhatCameWithAnAnswer() throws Exception {
        Said first = talk.say(Talk.anew(), "A1", "!kind", "u1");
        Said second = talk.say(Talk.after(first), "A2", "u2", "u3");

        assertEquals(List.of("!kind", "u1"), before(first));
        assertEquals(List.of("u2", "u3"), before(second));
    }

    @Test
    void anAnswerThatWasTakenOutCannotBeGoneOnFrom() throws Exception {
        Said first = talk.say(Talk.anew(), "A1", "u1");
        talk.keeper.remove(Talk.TENANT, first.told().conversation(), first.told().item());

        ContextException refused = assertThrows(ContextException.class, () -> talk.say(Talk.after(first), "A2", "u2"));
        assertEquals(Reason.UNKNOWN_ITEM, refused.refusal().reason());
        talk.keeper.delete(Talk.TENANT, first.told().conversation());
        refused = assertThrows(ContextException.class, () -> talk.say(Talk.after(first), "A2", "u2"));
        assertEquals(Reason.UNKNOWN_CONVERSATION, refused.refusal().reason());
    }

    private List<String> before(Said said) throws Exception {
        return talk.keeper.before(Talk.TENANT, said.told().conversation(), said.told().item()).stream().map(Item::text).toList();
    }
}
