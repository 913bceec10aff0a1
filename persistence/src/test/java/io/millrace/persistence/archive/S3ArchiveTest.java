package io.millrace.persistence.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.archive.Archive.Entry;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class S3ArchiveTest extends ArchiveContract {

    @TempDir
    private static Path folder;
    private static TestStore store;
    private static int tests;

    private final String prefix = "team/" + tests++ + "/";
    private final S3Archive archive = new S3Archive(store.bucket(prefix));

    @BeforeAll
    static void start() throws Exception {
        store = TestStore.in(folder);
    }

    @AfterAll
    static void stop() throws Exception {
        store.close();
    }

    @AfterEach
    void close() {
        archive.close();
    }

    @Override
    Archive archive() {
        return archive;
    }

    @Test
    void aConversationIsOneObjectAndLeavesNoneBehind() throws IOException {
        archive.put(entry("t", "a", NOON, 1));
        archive.put(new Entry("t", "a", NOON, NOON.plusSeconds(1), 2, content(2)));
        assertEquals(1, objects().size());

        archive.delete("t", "a");
        assertEquals(List.of(), objects());
    }

    @Test
    void whatAPutThatWasCutShortLeftBehindIsNeitherShownNorKept() throws IOException {
        Entry old = entry("t", "a", NOON.plusSeconds(60), 1);
        try (Bucket bucket = new Bucket(store.bucket(prefix))) {
            bucket.put(ObjectName.of(old, 1).toString(), old.content());
            bucket.put(ObjectName.of(entry("t", "a", NOON, 2), 2).toString(), content(2));
        }
        assertArrayEquals(content(2), archive.get("t", "a").orElseThrow().content());
        assertEquals(List.of(NOON), archive.list("t", null, 10).stream().map(Archive.Listed::created).toList());

        assertEquals(1, archive.deleteUnusedSince(NOON.plusSeconds(1), 10), "the newest counts");
        assertEquals(List.of(), objects());
    }

    @Test
    void aClockThatGoesBackReplacesAllTheSame() {
        archive.put(entry("t", "a", NOON, 1));
        try (S3Archive past = new S3Archive(store.bucket(prefix), Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))) {
            past.put(entry("t", "a", NOON, 2));
        }
        assertArrayEquals(content(2), archive.get("t", "a").orElseThrow().content());
    }

    @Test
    void otherThingsInTheBucketStay() throws IOException {
        try (Bucket bucket = new Bucket(store.bucket(prefix))) {
            bucket.put("notes.txt", content(1));
            bucket.put("a/b!c!d!e!f", content(1));
            bucket.put("a/b!1!2!3", content(1));
        }
        try (S3Archive neighbour = new S3Archive(store.bucket(prefix + "x/"))) {
            neighbour.put(entry("t", "a", NOON, 1));
        }
        assertEquals(List.of(), archive.list("t", null, 10));
        assertEquals(0, archive.deleteUnusedSince(NOON.minus(Duration.ofDays(1)), 10));
        assertEquals(4, objects().size());
    }

    @Test
    void moreThanAPageIsListedAndExpires() {
        IntStream.range(0, 1010).parallel().forEach(i -> archive.put(new Entry("t", "c%04d".formatted(i), NOON, NOON, i, new byte[1])));

        assertEquals(IntStream.range(0, 1010).boxed().toList(), archive.list("t", null, 2000).stream().map(Archive.Listed::turns).toList());
        assertEquals(List.of("c1008", "c1009"), archive.list("t", "c1007", 10).stream().map(Archive.Listed::id).toList());
        assertEquals(1010, archive.deleteUnusedSince(NOON.plusSeconds(1), 2000));
    }

    @Test
    void tellsOfABucketThatKeepsWhatIsDeleted() throws Exception {
        assertEquals(Optional.empty(), archive.concern());

        try (TestStore keeps = TestStore.thatKeepsVersions(); S3Archive kept = new S3Archive(keeps.bucket(prefix))) {
            assertTrue(kept.concern().orElseThrow().contains("keeps old versions"), kept.concern().toString());
        }
    }

    @Test
    void saysWhatIsWrongWithoutTheSecret() {
        try (S3Archive nowhere = new S3Archive(store.bucket("nowhere", "", "secret")); S3Archive stranger = new S3Archive(store.bucket(TestStore.BUCKET, "", "guessed"))) {
            ArchiveException missing = assertThrows(ArchiveException.class, () -> nowhere.put(entry("t", "a", NOON, 1)));
            assertTrue(missing.getMessage().contains("NoSuchBucket"), missing.getMessage());
            ArchiveException refused = assertThrows(ArchiveException.class, () -> stranger.get("t", "a"));
            assertTrue(refused.getMessage().contains("SignatureDoesNotMatch"), refused.getMessage());
            assertFalse(refused.getMessage().contains("guessed"));
        }
    }

    @Test
    void aStoreThatIsGoneIsOutOfReach(@TempDir Path other) throws Exception {
        TestStore doomed = TestStore.in(other);
        try (S3Archive there = new S3Archive(doomed.bucket(""))) {
            there.put(entry("t", "a", NOON, 1));
            doomed.close();

            assertThrows(ArchiveException.class, () -> there.get("t", "a"));
            assertThrows(ArchiveException.class, () -> there.put(entry("t", "b", NOON, 1)));
            assertThrows(ArchiveException.class, () -> there.delete("t", "a"));
            assertThrows(ArchiveException.class, () -> there.list("t", null, 10));
            assertThrows(ArchiveException.class, () -> there.deleteUnusedSince(NOON, 10));
        }
    }

    private List<String> objects() throws IOException {
        try (Stream<Path> files = Files.walk(folder.resolve(TestStore.BUCKET))) {
            return files.filter(Files::isRegularFile).map(Path::toString).filter(path -> path.contains("/" + prefix)).toList();
        }
    }
}
