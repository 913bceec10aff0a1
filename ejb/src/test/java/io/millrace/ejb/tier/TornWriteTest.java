package io.millrace.ejb.tier;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A process may die in the middle of a write: what was there before is there then. An entry is 27 bytes, a key of 11 and a value of 910. */
class TornWriteTest {

    private static final byte[] OLD = "old".repeat(300).getBytes(StandardCharsets.UTF_8);
    private static final byte[] NEW = "new".repeat(300).getBytes(StandardCharsets.UTF_8);

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 500, 909, 910, 911, 920, 921, 922, 947, 948})
    void whatWasThereBeforeIsRead(int cut, @TempDir Path folder) throws Exception {
        try (ChestRoom room = ChestRoom.alone(folder)) {
            Chest chest = room.onDisk("turns");
            chest.put("other", OLD).join();
            chest.put("key", OLD).join();
            chest.put("key", NEW).join();
        }
        List<Path> files = files(folder.resolve("turns/data"));
        for (Path file : files(folder.resolve("turns/index"))) {
            Files.delete(file);
        }
        try (FileChannel file = FileChannel.open(files.getLast(), StandardOpenOption.WRITE)) {
            file.truncate(file.size() - cut);
        }
        try (ChestRoom room = ChestRoom.alone(folder)) {
            Chest chest = room.onDisk("turns");
            assertArrayEquals(OLD, chest.get("other"));
            assertArrayEquals(cut == 0 ? NEW : OLD, chest.get("key"));
            chest.put("key", NEW).join();
        }
        try (ChestRoom room = ChestRoom.alone(folder)) {
            assertArrayEquals(NEW, room.onDisk("turns").get("key"));
        }
    }

    private static List<Path> files(Path folder) throws IOException {
        try (Stream<Path> files = Files.walk(folder)) {
            return files.filter(Files::isRegularFile).sorted(Comparator.comparing(Path::toString)).toList();
        }
    }
}
