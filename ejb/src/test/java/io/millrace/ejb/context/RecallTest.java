package io.millrace.ejb.context;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.PostgresArchive;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

/** What was said first is remembered through all tiers, on the real store and a real PostgreSQL. */
class RecallTest {

    private static final int CONVERSATIONS = 6;

    @RegisterExtension
    static final TestDatabase DATABASE = TestDatabase.withEmpty("archived_conversation");

    @Test
    void nothingIsForgotten(@TempDir Path folder) throws Exception {
        Recall recall = new Recall(folder, Plain.WRAPPING, new PostgresArchive(DATABASE.transactions()), Dialogues.in(folder), CONVERSATIONS);

        Map<String, Integer> recalled = recall.run();

        assertEquals(5, recalled.size());
        recalled.forEach((when, found) -> assertEquals(CONVERSATIONS, found, when));
    }
}
