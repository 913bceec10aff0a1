package io.millrace.persistence.archive;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.persistence.Fault;
import io.millrace.persistence.TestDatabase;
import java.time.Instant;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;

class DictionariesTest {

    private static final Instant NOON = Instant.parse("2026-11-24T12:00:00Z");
    @RegisterExtension
    private static final TestDatabase DATABASE = TestDatabase.withEmpty("archive_dictionary");

    @Test
    void keepsThemTheNewestFirst() {
        add(new DictionaryRow(1, NOON, new byte[] {1}));
        add(new DictionaryRow(Integer.MAX_VALUE, NOON.plusSeconds(1), new byte[100_000]));

        List<DictionaryRow> kept = call(dictionaries -> dictionaries.newest(10));
        assertEquals(List.of(Integer.MAX_VALUE, 1), kept.stream().map(DictionaryRow::id).toList());
        assertArrayEquals(new byte[] {1}, kept.getLast().content());
        assertEquals(1, (int) call(dictionaries -> dictionaries.newest(1).size()));
    }

    @Test
    void oneIdIsOneDictionary() {
        add(new DictionaryRow(1, NOON, new byte[] {1}));
        assertEquals(Fault.DATA, Fault.of(assertThrows(RuntimeException.class, () -> add(new DictionaryRow(1, NOON, new byte[] {2})))));

        assertEquals(true, call(dictionaries -> dictionaries.delete(1)));
        assertEquals(false, call(dictionaries -> dictionaries.delete(1)));
    }

    private static void add(DictionaryRow dictionary) {
        call(dictionaries -> {
            dictionaries.add(dictionary);
            return null;
        });
    }

    private static <T> T call(Function<Dictionaries, T> work) {
        return DATABASE.transactions().call(entities -> work.apply(new Dictionaries(entities)));
    }
}
