package io.millrace.persistence.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.TestDatabase;
import io.millrace.persistence.archive.Archive.Entry;
import java.sql.Connection;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class PostgresArchiveTest extends ArchiveContract {

    private static final Instant LONG_AGO = Instant.parse("2025-01-31T23:59:59.999999Z");
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("archived_conversation");

    private final Archive archive = new PostgresArchive(DATABASE.transactions());

    @Override
    Archive archive() {
        return archive;
    }

    @Test
    void aMonthIsMadeWhenSomethingIsPutIntoIt() throws Exception {
        for (String moment : List.of("1970-01-01T00:00:00Z", "2025-01-31T23:59:59.999999Z", "2025-02-01T00:00:00Z", "2031-12-31T23:00:00Z")) {
            archive.put(entry("t", "c" + moment.replace(":", ""), Instant.parse(moment), 1));
        }
        List<String> months = months();
        assertTrue(months.containsAll(List.of("archived_conversation_1970_01", "archived_conversation_2025_01",
                "archived_conversation_2025_02", "archived_conversation_2031_12")), months.toString());
        assertEquals(List.of("1"), DATABASE.query("select count(*)::text from archived_conversation_2025_01"));
    }

    @Test
    void aMonthThatIsExpiredGoesInOnePieceAndCanComeBack() throws Exception {
        for (int i = 0; i < 10; i++) {
            archive.put(entry("t", "c" + i, LONG_AGO, i));
        }
        archive.put(entry("t", "new", NOON, 1));

        assertEquals(10, archive.deleteUnusedSince(NOON, 3), "beyond what is deleted one by one");
        assertTrue(months().stream().noneMatch("archived_conversation_2025_01"::equals), months().toString());
        assertEquals(List.of("new"), archive.list("t", null, 100).stream().map(Archive.Listed::id).toList());

        archive.put(entry("t", "c1", LONG_AGO, 7));
        assertArrayEquals(content(7), archive.get("t", "c1").orElseThrow().content());
    }

    @Test
    void aMonthThatAnotherNodeDroppedIsMadeAgain() {
        archive.put(entry("t", "a", LONG_AGO, 1));
        assertEquals(1, new PostgresArchive(DATABASE.transactions()).deleteUnusedSince(NOON, 100));

        archive.put(entry("t", "b", LONG_AGO, 2));
        assertArrayEquals(content(2), archive.get("t", "b").orElseThrow().content());
    }

    @Test
    void aMonthOfWhichOneConversationIsUsedStays() throws Exception {
        archive.put(entry("t", "unused", LONG_AGO, 1));
        archive.put(new Entry("t", "used", LONG_AGO, NOON, 1, content(2)));

        assertEquals(1, archive.deleteUnusedSince(NOON, 100));
        assertTrue(months().contains("archived_conversation_2025_01"));
        assertTrue(archive.get("t", "used").isPresent());
    }

    @Test
    void whereSomebodyReadsAnExpiredMonthItsRowsGoAndItStays() throws Exception {
        archive.put(entry("t", "a", LONG_AGO, 1));
        try (Connection other = DATABASE.dataSource().getConnection()) {
            other.setAutoCommit(false);
            other.createStatement().execute("select * from archived_conversation");

            assertEquals(1, archive.deleteUnusedSince(NOON, 100));
        }
        assertTrue(archive.get("t", "a").isEmpty());
        assertTrue(months().contains("archived_conversation_2025_01"));
        archive.deleteUnusedSince(NOON, 100);
        assertTrue(months().stream().noneMatch("archived_conversation_2025_01"::equals), "another time");
    }

    @Test
    void newMonthsInheritKeyIndexAndStorage() throws Exception {
        archive.put(entry("t", "a", NOON, 1));
        assertEquals(List.of("e"), DATABASE.query("""
                select attstorage::text from pg_attribute
                where attrelid = 'archived_conversation_2026_11'::regclass and attname = 'content'"""));
        assertEquals(List.of("2"), DATABASE.query("""
                select count(*)::text from pg_inherits
                where inhrelid in (select indexrelid from pg_index where indrelid = 'archived_conversation_2026_11'::regclass)"""));
    }

    @Test
    void aDatabaseOutOfReachIsAnArchiveOutOfReach() throws Exception {
        try (TestDatabase doomed = new TestDatabase()) {
            Archive there = new PostgresArchive(doomed.transactions());
            there.put(entry("t", "a", NOON, 1));
            doomed.stopServer();

            assertThrows(ArchiveException.class, () -> there.put(entry("t", "b", NOON, 1)));
            assertThrows(ArchiveException.class, () -> there.get("t", "a"));
            assertThrows(ArchiveException.class, () -> there.delete("t", "a"));
            assertThrows(ArchiveException.class, () -> there.list("t", null, 1));
            assertThrows(ArchiveException.class, () -> there.deleteUnusedSince(NOON.plus(Duration.ofDays(1)), 1));
        }
    }

    private static List<String> months() throws Exception {
        return DATABASE.query("select inhrelid::regclass::text from pg_inherits where inhparent = 'archived_conversation'::regclass order by 1");
    }
}
