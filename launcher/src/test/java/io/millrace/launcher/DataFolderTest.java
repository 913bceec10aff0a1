package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DataFolderTest {

    @TempDir
    Path parent;

    private DataFolder folder;

    @BeforeEach
    void nameIt() {
        folder = new DataFolder(parent.resolve("data"));
    }

    @Test
    void isMadeForItsOwnerAlone() throws IOException {
        folder.prepare();
        assertEquals("rwx------", permissions(folder.root()));
        folder.prepare();
    }

    @Test
    void refusesAFolderOfAnotherVersion() throws IOException {
        folder.prepare();
        Files.writeString(folder.version(), "99\n");
        Failure failure = assertThrows(Failure.class, folder::prepare);
        assertTrue(failure.getMessage().contains("is of version 99 and this Millrace reads version 1"), failure.getMessage());
    }

    @Test
    void refusesAPlaceThatIsNoFolder() throws IOException {
        Files.writeString(folder.root(), "a file");
        Failure failure = assertThrows(Failure.class, folder::prepare);
        assertTrue(failure.getMessage().contains("choose another with --data"), failure.getMessage());
    }

    @Test
    void believesAProcessIdOnlyWhileTheFolderIsLocked() {
        folder.prepare();
        DataFolder.write(folder.pid(), String.valueOf(ProcessHandle.current().pid()));
        assertEquals(Optional.empty(), folder.running());
        FileLock lock = folder.tryLock().orElseThrow();
        assertEquals(ProcessHandle.current().pid(), folder.running().orElseThrow().pid());
        assertTrue(folder.tryLock().isEmpty());
        DataFolder.release(lock);
        assertEquals(Optional.empty(), folder.running());
    }

    @Test
    void knowsTheLastHolderWhenItHasGivenUpItsLockButStillLives() throws IOException {
        folder.prepare();
        assertEquals(Optional.empty(), folder.lastHolder());
        FileLock lock = folder.tryLock().orElseThrow();
        DataFolder.sign(lock);
        DataFolder.release(lock);
        assertEquals(Optional.empty(), folder.running());
        assertEquals(ProcessHandle.current().pid(), folder.lastHolder().orElseThrow().pid());
        Files.writeString(folder.lock(), ProcessHandle.current().pid() + " 1");
        assertEquals(Optional.empty(), folder.lastHolder(), "the same id, started at another time, is another process");
    }

    @Test
    void keepsSecretsForTheOwner() throws IOException {
        folder.prepare();
        DataFolder.writeSecret(folder.firstKey(), "one");
        DataFolder.writeSecret(folder.firstKey(), "two");
        assertEquals(Optional.of("two"), DataFolder.read(folder.firstKey()));
        assertEquals("rw-------", permissions(folder.firstKey()));
    }

    @Test
    void saysHowMuchRoomIsMissing() {
        folder.prepare();
        Failure failure = assertThrows(Failure.class, () -> Preflight.requireSpace(folder, Long.MAX_VALUE));
        assertTrue(failure.getMessage().contains("MiB are needed: make room, or choose another disk with --data."), failure.getMessage());
    }

    private static String permissions(Path path) throws IOException {
        return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
    }
}
