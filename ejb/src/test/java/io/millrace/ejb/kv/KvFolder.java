package io.millrace.ejb.kv;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.ejb.kv.KvStore.Bounds;
import io.millrace.ejb.vault.UnreadableException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/** The production store in a folder of its own, whose threads do something when a seed says so. Owned by the test's thread. */
public final class KvFolder implements AutoCloseable {

    private static final Logger QUIET = Logger.getLogger(KvFiles.class.getName());

    /** That reading a file takes. */
    private static final int MOST_NANOS = 100_000;

    private final SplittableRandom random;
    private final Path folder;
    private final Tasks writing = new Tasks();
    private final Tasks reading = new Tasks();
    private final Bounds bounds;
    private final KvStore store;
    private final Set<String> forgotten = new HashSet<>();
    private long now;

    public KvFolder(SplittableRandom random) {
        this.random = random;
        QUIET.setLevel(Level.SEVERE);
        try {
            folder = Files.createTempDirectory("millrace-kv");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        bounds = new Bounds(500 + random.nextInt(20_000), 500 + random.nextInt(20_000));
        store = new KvStore(folder, bounds, null, writing, reading, () -> now += 1 + random.nextInt(MOST_NANOS));
        store.start();
        writing.runOne();
    }

    public KvStore store() {
        return store;
    }

    /** Writes, reads or damages something, perhaps. */
    public void act() {
        int drawn = random.nextInt(80);
        if (drawn == 0) {
            damageOne();
        } else if (drawn <= 20) {
            writing.runOne();
        } else if (drawn <= 40) {
            reading.runOne();
        }
    }

    private void damageOne() {
        List<Path> files = files();
        if (!files.isEmpty()) {
            try {
                Path one = files.get(random.nextInt(files.size()));
                byte[] bytes = Files.readAllBytes(one);
                bytes[random.nextInt(bytes.length)] ^= (byte) (1 << random.nextInt(8));
                Files.write(one, bytes);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    public void forget(String conversation) throws InterruptedException {
        try {
            writing.runAll();
            store.forget(conversation);
            forgotten.add(KvHead.digest(conversation));
            check();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The budget holds, and nothing is there that was forgotten. */
    public void check() {
        long bytes = 0;
        for (Path file : files()) {
            bytes += file.toFile().length();
            assertFalse(forgotten.contains(conversation(file)), "what was forgotten is not there");
        }
        assertTrue(bytes <= bounds.diskBytes(), bytes + " bytes on disk");
    }

    /** Nobody needs a state any more: when all is written and read, none has memory. */
    public void rest() {
        writing.runAll();
        reading.runAll();
        assertEquals(0, store.readNanos(new KvStore.Match("", 0, 0, 0)), "no memory is lost");
    }

    /** None of one that was damaged. */
    private static String conversation(Path file) {
        try {
            return KvFile.head(file, new Checked()).conversation();
        } catch (UnreadableException e) {
            return "";
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private List<Path> files() {
        try (Stream<Path> files = Files.list(folder)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        try {
            for (Path each : files()) {
                Files.delete(each);
            }
            Files.delete(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
