package io.millrace.ejb.kv;

import io.millrace.connector.engine.KvState;
import io.millrace.ejb.vault.Sealer;
import io.millrace.ejb.vault.UnreadableException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The folder of the states. A file is written under another name and renamed when it is whole; its time of change is when it
 * was last of use. Every method blocks on the disk. Thread-safe as far as no two threads treat the same file.
 */
final class KvFiles {

    private static final Logger LOG = Logger.getLogger(KvFiles.class.getName());

    private final Path folder;
    private final Sealer sealer;
    private final LongAdder damaged = new LongAdder();
    /** Names of this object's files are in the order in which they were given, and no other's. */
    private final String namesBegin = UUID.randomUUID() + "-";
    private final AtomicLong names = new AtomicLong();
    private volatile boolean inTrouble;

    KvFiles(Path folder, Sealer sealer) {
        this.folder = folder;
        this.sealer = sealer;
    }

    /** Files that could not be read when they were looked for. */
    long damaged() {
        return damaged.sum();
    }

    /** What is there, the longest unused first. Deletes what was never finished, and what is damaged. */
    List<KvIndex.Entry> scan() {
        Map<KvIndex.Entry, FileTime> found = new HashMap<>();
        try {
            makeFolder();
            for (Path path : list()) {
                if (path.toString().endsWith(KvFile.PART)) {
                    Files.deleteIfExists(path);
                } else if (path.toString().endsWith(KvFile.SUFFIX)) {
                    look(path, found);
                }
            }
        } catch (IOException e) {
            trouble(e);
        }
        return found.entrySet().stream().sorted(Comparator.comparing(Map.Entry<KvIndex.Entry, FileTime>::getValue)).map(Map.Entry::getKey).toList();
    }

    private void makeFolder() throws IOException {
        boolean posix = folder.getFileSystem().supportedFileAttributeViews().contains("posix");
        Files.createDirectories(folder);
        if (posix) {
            Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        }
    }

    private List<Path> list() throws IOException {
        try (Stream<Path> paths = Files.list(folder)) {
            return new ArrayList<>(paths.toList());
        }
    }

    private void look(Path path, Map<KvIndex.Entry, FileTime> found) throws IOException {
        try {
            KvHead head = KvFile.head(path, sealer);
            found.put(new KvIndex.Entry(KvFile.name(path), head, Files.size(path)), Files.getLastModifiedTime(path));
        } catch (UnreadableException | IOException e) {
            LOG.log(Level.WARNING, "Deleting the KV state {0}, which can''t be read: {1}", new Object[] {path.getFileName(), e.getMessage()});
            damaged.increment();
            Files.deleteIfExists(path);
        }
    }

    /** A file that is not written yet. */
    final class Draft {
        private final String name = namesBegin + String.format("%010d", names.getAndIncrement());
        private final KvFile file;

        private Draft(KvHead head, KvState state) {
            file = new KvFile(name, head, state, sealer);
        }

        String name() {
            return name;
        }

        long bytes() {
            return file.bytes();
        }

        /** Under its name it is there as a whole or not at all. */
        void write() throws IOException {
            Path part = folder.resolve(name + KvFile.PART);
            try {
                file.write(part);
                Files.move(part, path(name), StandardCopyOption.ATOMIC_MOVE);
                inTrouble = false;
            } finally {
                Files.deleteIfExists(part);
            }
        }
    }

    Draft draft(KvHead head, KvState state) {
        return new Draft(head, state);
    }

    /** The state in a file, which the caller owns, or null where it can't be read; counts as a use. */
    KvState read(KvIndex.Entry entry) {
        Path path = path(entry.name());
        try {
            KvState state = KvFile.state(path, entry.head(), sealer);
            touch(path);
            return state;
        } catch (NoSuchFileException e) {
            return null;
        } catch (UnreadableException | IOException e) {
            LOG.log(Level.WARNING, "The KV state {0} can''t be read: {1}", new Object[] {path.getFileName(), e.getMessage()});
            return null;
        }
    }

    /** A file that was deleted while it was read was read all the same. */
    private static void touch(Path path) {
        try {
            Files.setLastModifiedTime(path, FileTime.from(Instant.now()));
        } catch (IOException e) {
            LOG.log(Level.FINE, "The KV state {0} was deleted while it was read", path.getFileName());
        }
    }

    /** Those of them that are there. */
    void delete(List<KvIndex.Entry> entries) throws IOException {
        for (KvIndex.Entry entry : entries) {
            Files.deleteIfExists(path(entry.name()));
        }
    }

    /** Said once, until something can be written again. */
    void trouble(IOException e) {
        if (!inTrouble) {
            inTrouble = true;
            LOG.log(Level.WARNING, "KV states can''t be kept in {0}: {1}", new Object[] {folder, e.getMessage()});
        }
    }

    private Path path(String name) {
        return folder.resolve(name + KvFile.SUFFIX);
    }
}
