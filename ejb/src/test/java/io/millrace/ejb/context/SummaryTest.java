package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.PostgresArchive;
import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What the model made of turns that prompts have no room for. */
class SummaryTest {

    private static final String ID = "mill";
    private static final String SUMMARY = "They spoke of mills.";

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.withEmpty("archived_conversation");

    @TempDir
    Path folder;
    private Talk talk;

    @BeforeEach
    void open() {
        talk = new Talk(folder, new PostgresArchive(DATABASE.transactions()));
        talk.budget = 1_000;
    }

    @AfterEach
    void close() {
        talk.close();
    }

    @Test
    void nothingIsToBeSummedUpWhileThereIsRoom() throws Exception {
        say(1);

        assertEquals(Optional.empty(), talk.keeper.unsummarised(Talk.TENANT, ID));
        assertEquals(Optional.empty(), talk.keeper.unsummarised(Talk.TENANT, "other"));
    }

    @Test
    void aSummaryStandsForTheTurnsThatItTellsOf() throws Exception {
        int said = say(40);
        Unsummarised older = unsummarised();
        assertTrue(older.texts().getFirst().contains("user: Mill 0 has") && older.texts().getFirst().contains("assistant: Noted 0."), older.texts().getFirst());
        assertEquals("", older.beforeText());
        assertFalse(older.isChinese());

        assertTrue(talk.keeper.summarise(older, older.turns().size(), SUMMARY));
        assertEquals(Optional.empty(), talk.keeper.unsummarised(Talk.TENANT, ID));
        String digest = ask("Go on.").getFirst();
        assertEquals(SUMMARY, digest);

        for (int more = said; talk.keeper.unsummarised(Talk.TENANT, ID).isEmpty(); more++) {
            turn(more);
        }
        Unsummarised next = unsummarised();
        assertEquals(SUMMARY, next.beforeText());
        assertTrue(next.texts().getFirst().contains("Mill " + older.turns().size() + " has"), next.texts().getFirst());
        assertTrue(ask("Go on.").getFirst().startsWith(SUMMARY + " Mill " + older.turns().size() + " has"), "sentences of later turns follow");
    }

    @Test
    void aSummaryOfTheFirstTurnsAloneLeavesTheOthersToTheNext() throws Exception {
        say(40);
        Unsummarised older = unsummarised();
        assertTrue(talk.keeper.summarise(older, 1, SUMMARY));

        assertEquals(older.turns().subList(1, older.turns().size()), unsummarised().turns());
    }

    @Test
    void itOutlivesTheProcess() throws Exception {
        say(40);
        Unsummarised older = unsummarised();
        talk.keeper.summarise(older, older.turns().size(), SUMMARY);
        talk.close();
        talk = new Talk(folder, new PostgresArchive(DATABASE.transactions()));
        talk.budget = 1_000;

        assertEquals(SUMMARY, ask("Go on.").getFirst());
        assertTrue(talk.keeper.archive(Talk.TENANT, ID, Long.MAX_VALUE));
        assertEquals(SUMMARY, ask("Go on.").getFirst());
    }

    @Test
    void oneWithoutRoomForItIsLeftOut() throws Exception {
        say(40);
        Unsummarised older = unsummarised();
        talk.keeper.summarise(older, older.turns().size(), "long ".repeat(200));

        assertTrue(ask("Go on.").getFirst().startsWith("Mill 0 has"), "sentences take its place");
    }

    @Test
    void whatWasChangedMeanwhileIsNotSummedUp() throws Exception {
        say(40);
        Unsummarised older = unsummarised();
        assertTrue(talk.keeper.summarise(older, 1, SUMMARY));
        assertFalse(talk.keeper.summarise(older, 2, "the same again"), "another summary came first");

        Unsummarised next = unsummarised();
        talk.keeper.remove(Talk.TENANT, ID, talk.keeper.items(Talk.TENANT, ID).getFirst().id());
        assertFalse(talk.keeper.summarise(next, 1, "of what was deleted"));
        assertFalse(ask("Go on.").toString().contains(SUMMARY), "a summary goes with what it tells of");
    }

    @Test
    void somebodyWhoHasTheConversationIsNotWaitedFor() throws Exception {
        say(40);
        Unsummarised older = unsummarised();
        Session session = talk.keeper.begin(Talk.TENANT, new ConversationAsk(ID, true), List.of());
        assertEquals(Optional.empty(), talk.keeper.unsummarised(Talk.TENANT, ID));
        assertFalse(talk.keeper.summarise(older, 1, SUMMARY));
        session.close();
        assertTrue(talk.keeper.summarise(older, 1, SUMMARY));
    }

    @Test
    void aHeadFromBeforeThereWereSummariesIsRead() throws Exception {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        try (DataOutputStream out = new DataOutputStream(bytes)) {
            out.writeByte(1);
            Codec.write(out, "t");
            Codec.write(out, "c");
            out.writeLong(1);
            out.writeLong(2);
            for (int i = 0; i < 3 + 2; i++) {
                out.writeInt(0);
            }
            out.writeInt(3);
            out.writeInt(1);
            out.writeInt(0);
            out.writeInt(0);
            out.writeFloat(1);
            Codec.write(out, "A line.");
            out.writeInt(0);
        }
        Digest digest = new Digest(3, List.of(new Digest.Line(0, 0, 1, "A line.")), Digest.Summary.NONE);
        assertEquals(new Head("t", "c", 1, 2, Map.of(), List.of(), 0, 0, 0, List.of(), digest), Codec.head(bytes.toByteArray()));
    }

    private Unsummarised unsummarised() throws InterruptedException {
        return talk.keeper.unsummarised(Talk.TENANT, ID).orElseThrow();
    }

    /** @return how many turns there are then */
    private int say(int turns) throws Exception {
        for (int i = 0; i < turns; i++) {
            turn(i);
        }
        return turns;
    }

    private void turn(int number) throws Exception {
        talk.say(new ConversationAsk(ID, false), "Noted " + number + ".", "Mill " + number + " has " + (number + 2) + " wheels.");
    }

    /** The prompt of a question that is not kept. */
    private List<String> ask(String question) throws Exception {
        return talk.say(new ConversationAsk(ID, false), null, question).prompt();
    }
}
