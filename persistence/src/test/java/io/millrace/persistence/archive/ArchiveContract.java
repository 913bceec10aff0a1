package io.millrace.persistence.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.persistence.archive.Archive.Entry;
import io.millrace.persistence.archive.Archive.Listed;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** What every archive does. It is empty before each test. */
abstract class ArchiveContract {

    static final Instant NOON = Instant.parse("2026-11-24T12:00:00.123456Z");
    private static final int ALL = 1_000;

    abstract Archive archive();

    @Test
    void givesBackWhatWasPut() {
        archive().put(new Entry("team a/甲", "conv-1", NOON, NOON.plusNanos(1_999), 7, content(1)));

        Entry got = archive().get("team a/甲", "conv-1").orElseThrow();
        assertEquals(List.of("team a/甲", "conv-1", NOON, NOON.plusNanos(1_000), 7),
                List.of(got.tenant(), got.id(), got.created(), got.lastUsed(), got.turns()));
        assertArrayEquals(content(1), got.content());
    }

    @Test
    void largeAndEmptyContentsComeBackWhole() {
        byte[] large = new byte[3 << 20];
        new Random(1).nextBytes(large);
        archive().put(new Entry("t", "large", NOON, NOON, 1, large));
        archive().put(new Entry("t", "empty", NOON, NOON, 0, new byte[0]));

        assertArrayEquals(large, archive().get("t", "large").orElseThrow().content());
        assertEquals(0, archive().get("t", "empty").orElseThrow().content().length);
    }

    @Test
    void replacesWhatWasThereWheneverThatBegan() {
        archive().put(entry("t", "a", NOON, 1));
        for (Entry next : List.of(entry("t", "a", NOON, 2), entry("t", "a", NOON.plusSeconds(60), 3),
                new Entry("t", "a", NOON, NOON.plus(Duration.ofDays(90)), 9, content(4)),
                entry("t", "a", NOON.plus(Duration.ofDays(40)), 5), entry("t", "a", NOON, 6))) {
            archive().put(next);

            Entry got = archive().get("t", "a").orElseThrow();
            assertArrayEquals(next.content(), got.content());
            assertEquals(List.of(new Listed("a", next.created(), next.lastUsed(), next.turns())), archive().list("t", null, ALL));
        }
    }

    @Test
    void tenantsDoNotSeeEachOther() {
        archive().put(entry("t", "a", NOON, 1));
        archive().put(entry("t-2", "a", NOON, 2));
        archive().put(entry("T", "a", NOON, 3));
        archive().put(entry("t/a", "a", NOON, 4));

        assertArrayEquals(content(2), archive().get("t-2", "a").orElseThrow().content());
        assertEquals(1, archive().list("t", null, ALL).size());
        assertFalse(archive().delete("u", "a"));
        assertTrue(archive().delete("t", "a"));
        assertTrue(archive().get("t", "a").isEmpty());
        for (String other : List.of("t-2", "T", "t/a")) {
            assertTrue(archive().get(other, "a").isPresent(), other);
        }
    }

    @Test
    void whatIsDeletedIsGoneAndCanBePutAgain() {
        archive().put(entry("t", "a", NOON, 1));
        archive().put(entry("t", "a-b", NOON, 2));

        assertTrue(archive().delete("t", "a"));
        assertFalse(archive().delete("t", "a"));
        assertTrue(archive().get("t", "a").isEmpty());
        assertTrue(archive().get("t", "a-b").isPresent());

        archive().put(entry("t", "a", NOON, 3));
        assertArrayEquals(content(3), archive().get("t", "a").orElseThrow().content());
    }

    @Test
    void listsPageByPageInTheOrderOfTheIdsBytes() {
        List<String> ids = List.of("0", "A", "a", "a-b", "a.b", "a0", "a_b", "aB", "ab", "a:b", "b", ".a", "-", "_", ":x").stream().sorted().toList();
        List<String> shuffled = new ArrayList<>(ids);
        java.util.Collections.shuffle(shuffled, new Random(1));
        shuffled.forEach(id -> archive().put(entry("t", id, NOON.plus(Duration.ofDays(10L * id.length())), 1)));

        for (int page : new int[] {1, 2, 3, 100}) {
            List<String> listed = new ArrayList<>();
            List<Listed> next = archive().list("t", null, page);
            while (!next.isEmpty()) {
                assertTrue(next.size() <= page);
                next.forEach(each -> listed.add(each.id()));
                next = archive().list("t", listed.getLast(), page);
            }
            assertEquals(ids, listed);
        }
        assertEquals(List.of("b"), archive().list("t", "az", ALL).stream().map(Listed::id).toList(), "after one that isn't there");
        assertEquals(List.of(), archive().list("nobody", null, ALL));
    }

    @Test
    void expiresWhatNobodyUsedAndNothingElse() {
        for (int day = 0; day < 10; day++) {
            Instant used = NOON.plus(Duration.ofDays(day));
            archive().put(new Entry("t" + day % 2, "c" + day, NOON.minus(Duration.ofDays(9L * day)), used, day, content(day)));
        }
        Instant before = NOON.plus(Duration.ofDays(5));

        int gone = 0;
        for (int last = 3; last >= 3; gone += last) {
            last = archive().deleteUnusedSince(before, 3);
        }
        assertEquals(5, gone);
        assertEquals(0, archive().deleteUnusedSince(before, ALL));
        for (int day = 0; day < 10; day++) {
            assertEquals(day >= 5, archive().get("t" + day % 2, "c" + day).isPresent(), "c" + day);
        }
    }

    @Test
    void deletesNoMoreThanAskedForOfAMonthThatIsInUse() {
        IntStream.range(0, 5).forEach(i -> archive().put(entry("t", "old" + i, NOON, i)));
        archive().put(new Entry("t", "new", NOON, NOON.plusSeconds(60), 1, content(1)));

        assertEquals(2, archive().deleteUnusedSince(NOON.plusSeconds(1), 2));
        assertEquals(4, archive().list("t", null, ALL).size());
    }

    @Test
    void ofManyAtOnceOneStaysWhole() throws Exception {
        try (ExecutorService threads = Executors.newFixedThreadPool(4)) {
            for (int round = 0; round < 5; round++) {
                int seed = round * 100;
                List<Callable<Void>> puts = IntStream.range(0, 8).<Callable<Void>>mapToObj(i -> () -> {
                    archive().put(new Entry("t", "a", NOON.plus(Duration.ofDays(20 * (i % 3))), NOON.plus(Duration.ofDays(60 + i)), seed + i, content(seed + i)));
                    return null;
                }).toList();
                for (Future<Void> done : threads.invokeAll(puts)) {
                    done.get();
                }
                Entry got = archive().get("t", "a").orElseThrow();
                assertArrayEquals(content(got.turns()), got.content());
                assertEquals(1, archive().list("t", null, ALL).size());
            }
        }
    }

    @Test
    void nothingIsFoundByAnythingButItsName() {
        archive().put(entry("t", "abc", NOON, 1));
        for (String other : List.of("ab", "abcd", "ABC", "%", "a_c", "")) {
            assertEquals(Optional.empty(), archive().get("t", other), other);
            assertFalse(archive().delete("t", other), other);
        }
        assertTrue(archive().get("t", "abc").isPresent());
    }

    @Test
    void namesThatNoStoreCouldKeepAreRefused() {
        for (String id : List.of("", "a/b", "../a", "a~b", "a!b", "a b", "ä", "a\0", "x".repeat(129))) {
            assertThrows(IllegalArgumentException.class, () -> entry("t", id, NOON, 1), id);
        }
        for (String tenant : List.of("", "x".repeat(65), "a\0")) {
            assertThrows(IllegalArgumentException.class, () -> entry(tenant, "a", NOON, 1), tenant);
        }
        assertThrows(IllegalArgumentException.class, () -> new Entry("t", "a", NOON, NOON.minusSeconds(1), 1, content(1)));
        Entry longest = new Entry("文".repeat(64), "x".repeat(128), NOON, NOON, 1, content(1));
        archive().put(longest);
        assertArrayEquals(content(1), archive().get(longest.tenant(), longest.id()).orElseThrow().content());
    }

    static Entry entry(String tenant, String id, Instant created, int seed) {
        return new Entry(tenant, id, created, created, seed, content(seed));
    }

    static byte[] content(int seed) {
        byte[] content = new byte[1_000 + seed];
        new Random(seed).nextBytes(content);
        return content;
    }
}
