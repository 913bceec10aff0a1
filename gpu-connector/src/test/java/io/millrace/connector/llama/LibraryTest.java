package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HexFormat;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LibraryTest {

    private static final String FILE = System.mapLibraryName(Abi.LIBRARY_NAME);

    @TempDir Path folder;

    private static String refused(Path folder) {
        EngineException e = assertThrows(EngineException.class, () -> Library.open(folder));
        assertEquals(Code.NATIVE_LIBRARY, e.code());
        return e.getMessage();
    }

    private String unfit() throws EngineException {
        LibraryFile file = LibraryFile.in(folder);
        EngineException e = assertThrows(EngineException.class, file::requireFit);
        assertEquals(Code.NATIVE_LIBRARY, e.code());
        return e.getMessage();
    }

    @Test void isLoadedOnceHoweverManyAskAtTheSameTime() throws Exception {
        try (var executor = Executors.newFixedThreadPool(8)) {
            List<Callable<Library>> calls = java.util.Collections.nCopies(32, () -> Library.open(Engines.NATIVES));
            for (Future<Library> library : executor.invokeAll(calls)) {
                assertSame(Library.open(Engines.NATIVES), library.get());
            }
        }
    }

    @Test void saysWhichFileIsMissing() {
        assertTrue(refused(folder).contains(folder.resolve(FILE) + " is not there"));
        assertTrue(refused(null).contains("no folder"));
    }

    @Test void refusesAFileThatIsNoLibrary() throws Exception {
        Files.writeString(folder.resolve(FILE), "this is no library");
        assertTrue(unfit().contains("is not a library for this machine"), unfit());
        Files.writeString(folder.resolve(FILE), "");
        assertTrue(unfit().contains("is not a library for this machine"), unfit());
    }

    @Test void refusesAnotherLibraryUnderTheSameName() throws Exception {
        Files.copy(Engines.NATIVES.resolve(System.mapLibraryName("ggml-base")), folder.resolve(FILE));
        assertTrue(unfit().contains("is not llama.cpp " + Abi.VERSION), unfit());
    }

    @Test void refusesLibrariesThatAreCutOff() throws Exception {
        Files.copy(Engines.NATIVES.resolve(FILE), folder.resolve(FILE));
        LibraryFile.in(folder).requireFit();
        String other = System.mapLibraryName("ggml-base");
        byte[] whole = Files.readAllBytes(Engines.NATIVES.resolve(other));
        Files.write(folder.resolve(other), java.util.Arrays.copyOf(whole, whole.length - 1));
        assertTrue(unfit().contains(other + " is cut off"), unfit());
    }

    @Test void refusesASecondCopyInOneProcess() throws Exception {
        Library.open(Engines.NATIVES);
        Files.copy(Engines.NATIVES.resolve(FILE), folder.resolve(FILE));
        assertTrue(refused(folder).contains("can't load another copy"));
    }

    @Test void noticesEveryChangedByteOfTheDefaultsAndAnotherLength() {
        for (String pinned : List.of(Abi.DEFAULT_MODEL_PARAMS, Abi.DEFAULT_CONTEXT_PARAMS, Abi.DEFAULT_QUANTIZE_PARAMS)) {
            String hex = pinned.replace(" ", "");
            try (Arena arena = Arena.ofConfined()) {
                MemorySegment written = arena.allocate(Abi.ROOMY).fill(Abi.UNTOUCHED);
                byte[] bytes = HexFormat.of().parseHex(hex.replace("..", "ee"));
                MemorySegment.copy(bytes, 0, written, ValueLayout.JAVA_BYTE, 0, bytes.length);
                assertNull(Abi.difference(written, pinned));
                for (int at = 0; at < bytes.length + 40; at++) {
                    byte before = written.get(ValueLayout.JAVA_BYTE, at);
                    written.set(ValueLayout.JAVA_BYTE, at, (byte) (before + 1));
                    boolean padding = at < bytes.length && hex.startsWith("..", 2 * at);
                    assertEquals(padding, Abi.difference(written, pinned) == null, "byte " + at);
                    written.set(ValueLayout.JAVA_BYTE, at, before);
                }
            }
        }
        assertNotNull(Abi.VERSION);
    }
}
