package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.context.Talk.Said;
import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.PostgresArchive;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class PapersTest {

    private static final byte[] CONTENT = "{\"said\":\"水\"}".getBytes(StandardCharsets.UTF_8);

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
    void isThereAfterARestartForItsOwnerAlone() throws Exception {
        Said said = hidden("resp_1");
        long now = talk.now;
        talk.close();
        talk = new Talk(folder, new PostgresArchive(DATABASE.transactions()));

        Paper paper = talk.papers.get(Talk.TENANT, "resp_1").orElseThrow();
        assertArrayEquals(CONTENT, paper.content());
        assertEquals(new Paper("resp_1", said.told().conversation(), said.told().item(), true, now, paper.content()), paper);
        assertTrue(talk.papers.get("other", "resp_1").isEmpty());
        assertFalse(talk.papers.delete("other", "resp_1"));
        assertTrue(talk.papers.get(Talk.TENANT, " " + said.told().conversation()).isEmpty(), "no name of the store's own is an id");
    }

    @Test
    void aHiddenConversationGoesWithTheLastOfItsResponses() throws Exception {
        Said said = hidden("resp_1");
        keep("resp_2", said, true);

        assertTrue(talk.papers.delete(Talk.TENANT, "resp_1"));
        assertTrue(talk.papers.get(Talk.TENANT, "resp_1").isEmpty());
        assertEquals(List.of("u", "A"), talk.texts(said.told().conversation()));
        assertTrue(talk.papers.delete(Talk.TENANT, "resp_2"));
        assertTrue(talk.keeper.get(Talk.TENANT, said.told().conversation()).isEmpty());
        assertFalse(talk.papers.delete(Talk.TENANT, "resp_2"), "it is gone already");
    }

    @Test
    void aClientsConversationOutlivesItsResponses() throws Exception {
        Said said = talk.say(new ConversationAsk("mine", false), "A", "u");
        keep("resp_1", said, false);

        assertTrue(talk.papers.delete(Talk.TENANT, "resp_1"));
        assertEquals(List.of("u", "A"), talk.texts("mine"));
    }

    @Test
    void responsesGoWithTheirConversationAndNoneIsKeptOfOneThatIsGone() throws Exception {
        Said said = hidden("resp_1");
        talk.keeper.delete(Talk.TENANT, said.told().conversation());
        talk.papers.deleteOf(Talk.TENANT, said.told().conversation());
        assertTrue(talk.papers.get(Talk.TENANT, "resp_1").isEmpty());

        keep("resp_2", said, true);
        assertTrue(talk.papers.get(Talk.TENANT, "resp_2").isEmpty());
    }

    @Test
    void ageTakesResponsesAndWhatWasThereForThemAlone() throws Exception {
        Said old = hidden("resp_1");
        Said client = talk.say(new ConversationAsk("mine", false), "A", "u");
        keep("resp_2", client, false);
        Said broken = talk.say(Talk.anew(), "half an ans", "u");
        talk.papers.announce(Talk.TENANT, broken.told().conversation(), "resp_3");
        talk.now += Talk.KEEP.toMillis();
        keep("resp_4", client, false);
        talk.papers.sweep();
        assertTrue(talk.papers.get(Talk.TENANT, "resp_1").isPresent(), "not older than allowed");

        talk.now++;
        assertTrue(talk.papers.get(Talk.TENANT, "resp_1").isEmpty(), "too old before anybody sweeps");
        talk.papers.sweep();

        assertTrue(talk.papers.get(Talk.TENANT, "resp_2").isEmpty());
        assertTrue(talk.keeper.get(Talk.TENANT, old.told().conversation()).isEmpty());
        assertTrue(talk.keeper.get(Talk.TENANT, broken.told().conversation()).isEmpty(), "its response never came");
        assertTrue(talk.keeper.get(Talk.TENANT, "mine").isPresent());
        assertTrue(talk.papers.get(Talk.TENANT, "resp_4").isPresent());
    }

    @Test
    void aConversationHasSoManyResponsesAtMost() {
        Drawer full = new Drawer("t", "c", false, IntStream.range(0, Drawer.MOST).mapToObj(i -> new Drawer.Entry("resp_" + i, i)).toList());
        assertEquals(List.of(), full.excess());
        assertEquals(List.of(new Drawer.Entry("resp_0", 0)), full.with(new Drawer.Entry("resp_new", 9)).excess());
        assertEquals(full, Drawer.of(full.bytes()));
    }

    private Said hidden(String id) throws Exception {
        Said said = talk.say(Talk.anew(), "A", "u");
        talk.papers.announce(Talk.TENANT, said.told().conversation(), id);
        keep(id, said, true);
        return said;
    }

    private void keep(String id, Said said, boolean hidden) throws Exception {
        talk.papers.keep(Talk.TENANT, new Paper(id, said.told().conversation(), said.told().item(), hidden, talk.now, CONTENT));
    }
}
