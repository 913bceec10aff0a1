package io.millrace.ejb.kv;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.millrace.connector.engine.KvState;
import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KvFileTest {

    private static final KvHead HEAD = KvHead.of("model", "space", "talk", new int[] {1, 2, 3}, 3);

    private final Sealer sealer = new KeyedSealer();
    @TempDir
    private Path folder;

    private byte[] write(String name, int bytes) throws Exception {
        byte[] plain = new byte[bytes];
        new Random(bytes).nextBytes(plain);
        try (KvState state = States.of(plain)) {
            KvFile file = new KvFile(name, HEAD, state, sealer);
            file.write(path(name));
            assertEquals(file.bytes(), Files.size(path(name)));
        }
        return plain;
    }

    private Path path(String name) {
        return folder.resolve(name + KvFile.SUFFIX);
    }

    private byte[] read(String name) throws Exception {
        try (KvState state = KvFile.state(path(name), HEAD, sealer)) {
            return States.bytes(state);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, KvFile.PIECE - 1, KvFile.PIECE, KvFile.PIECE + 1, 3 * KvFile.PIECE, 3 * KvFile.PIECE + 7})
    void whatWasWrittenIsRead(int bytes) throws Exception {
        assertArrayEquals(write("one", bytes), read("one"));
    }

    @Test
    void piecesInEachOthersPlaceAreNotRead() throws Exception {
        write("one", 3 * KvFile.PIECE);
        byte[] sound = Files.readAllBytes(path("one"));
        int piece = KvFile.PIECE + sealer.overhead();
        byte[] last = Arrays.copyOfRange(sound, sound.length - piece, sound.length);
        System.arraycopy(sound, sound.length - 2 * piece, sound, sound.length - piece, piece);
        System.arraycopy(last, 0, sound, sound.length - 2 * piece, piece);
        isUnreadable(sound);
    }

    /** Its length is said to be what is left. */
    @Test
    void whatHasLostItsLastPieceIsNotRead() throws Exception {
        write("one", 3 * KvFile.PIECE);
        byte[] sound = Files.readAllBytes(path("one"));
        byte[] less = Arrays.copyOf(sound, sound.length - KvFile.PIECE - sealer.overhead());
        ByteBuffer.wrap(less).putLong(3 * Integer.BYTES, 2L * KvFile.PIECE);
        isUnreadable(less);
    }

    @Test
    void nothingIsAllocatedForALengthThatCantBe() throws Exception {
        write("one", 100);
        byte[] bytes = Files.readAllBytes(path("one"));
        for (long length : new long[] {-1, Long.MIN_VALUE, Long.MAX_VALUE, 1L << 40, 101}) {
            ByteBuffer.wrap(bytes).putLong(3 * Integer.BYTES, length);
            isUnreadable(bytes);
        }
    }

    private void isUnreadable(byte[] bytes) throws Exception {
        Files.write(path("one"), bytes);
        long before = KvState.inUse();
        assertThrows(UnreadableException.class, () -> read("one"));
        assertEquals(before, KvState.inUse(), "and nothing of it stays in memory");
    }
}
