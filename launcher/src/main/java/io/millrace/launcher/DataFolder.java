package io.millrace.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The folder in which one server keeps everything: what lies where in it, and who may use it. */
record DataFolder(Path root) {

    /** Changes whenever an older Millrace could not read what a newer one wrote. */
    static final String VERSION = "1";

    private static final Pattern SIGNATURE = Pattern.compile("(\\d{1,18}) (\\d{1,18})");

    /** The system tells a start by the second in which the machine was booted, which moves when its clock is set. */
    private static final long SAME_START_MS = 2_000;

    private static final Set<PosixFilePermission> OWNER_ONLY = PosixFilePermissions.fromString("rw-------");
    private static final Set<PosixFilePermission> OWNER_ONLY_FOLDER = PosixFilePermissions.fromString("rwx------");

    DataFolder {
        root = root.toAbsolutePath().normalize();
    }

    Path version() {
        return root.resolve("version");
    }

    Path lock() {
        return root.resolve("millrace.lock");
    }

    Path pid() {
        return root.resolve("millrace.pid");
    }

    /** What the running server says of itself. */
    Path instance() {
        return root.resolve("instance.json");
    }

    Path firstKey() {
        return root.resolve("first-key");
    }

    Path operatorToken() {
        return root.resolve("operator-token");
    }

    Path logs() {
        return root.resolve("logs");
    }

    Path log() {
        return logs().resolve("millrace.log");
    }

    Path console() {
        return logs().resolve("console.log");
    }

    Path models() {
        return root.resolve("models");
    }

    /** Holds the path of the model that is served unless another one is named. */
    Path currentModel() {
        return models().resolve("current");
    }

    Path postgres() {
        return root.resolve("postgres");
    }

    Path postgresPassword() {
        return root.resolve("postgres-password");
    }

    Path payara() {
        return root.resolve("payara");
    }

    /** Makes the folder or, where it exists, sees that it is of this version. */
    void prepare() {
        try {
            boolean isNew = !Files.exists(root);
            Files.createDirectories(root);
            if (isNew) {
                Files.setPosixFilePermissions(root, OWNER_ONLY_FOLDER);
            }
            if (!Files.isWritable(root)) {
                throw new Failure("The data folder " + root + " can't be written to: give yourself the right to, or choose another with --data.");
            }
            if (!Files.exists(version())) {
                Files.writeString(version(), VERSION + "\n");
            }
            String found = Files.readString(version()).strip();
            if (!found.equals(VERSION)) {
                throw new Failure("The data folder " + root + " is of version " + found + " and this Millrace reads version " + VERSION
                        + ": use the Millrace that made it, or choose another folder with --data.");
            }
            Files.createDirectories(logs());
            Files.createDirectories(models());
        } catch (IOException e) {
            throw new Failure("The data folder " + root + " can't be used (" + e + "): choose another with --data.", e);
        }
    }

    /** Takes the folder for this process until it ends or the lock is closed; empty when another process has it. */
    Optional<FileLock> tryLock() {
        try {
            FileChannel channel = FileChannel.open(lock(), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
            FileLock lock = channel.tryLock();
            if (lock == null) {
                channel.close();
            }
            return Optional.ofNullable(lock);
        } catch (OverlappingFileLockException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The server that uses the folder, if one does: its process id is believed only while the folder is locked. */
    Optional<ProcessHandle> running() {
        if (!Files.exists(lock())) {
            return Optional.empty();
        }
        Optional<FileLock> lock = tryLock();
        if (lock.isPresent()) {
            release(lock.get());
            return Optional.empty();
        }
        return read(pid()).map(Long::valueOf).flatMap(ProcessHandle::of).filter(ProcessHandle::isAlive);
    }

    /** Leaves word of who this is in the lock's file; unlike the lock and the process id, that outlives the process. */
    static void sign(FileLock lock) {
        try {
            FileChannel channel = (FileChannel) lock.acquiredBy();
            channel.truncate(0);
            String signature = ProcessHandle.current().pid() + " " + startMillis(ProcessHandle.current());
            channel.write(ByteBuffer.wrap(signature.getBytes(StandardCharsets.US_ASCII)), 0);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /**
     * The process that took the folder last, while it lives: also in the moment of its end in which it has given up
     * its process id's file and its lock already.
     */
    Optional<ProcessHandle> lastHolder() {
        return read(lock()).map(SIGNATURE::matcher).filter(Matcher::matches).flatMap(signature ->
                ProcessHandle.of(Long.parseLong(signature.group(1))).filter(process -> process.isAlive()
                        && Math.abs(startMillis(process) - Long.parseLong(signature.group(2))) <= SAME_START_MS));
    }

    /** Process ids are given out again; together with the time of its start one means one process. */
    private static long startMillis(ProcessHandle process) {
        return process.info().startInstant().map(Instant::toEpochMilli).orElse(0L);
    }

    static void release(FileLock lock) {
        try {
            lock.acquiredBy().close();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** The file's text without surrounding space; empty when there is no such file. */
    static Optional<String> read(Path file) {
        try {
            return Optional.of(Files.readString(file).strip()).filter(text -> !text.isEmpty());
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts the text into the file at once and for its owner only. */
    static void writeSecret(Path file, String text) {
        try {
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.deleteIfExists(fresh);
            Files.createFile(fresh, PosixFilePermissions.asFileAttribute(OWNER_ONLY));
            Files.writeString(fresh, text + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Puts the text into the file at once. */
    static void write(Path file, String text) {
        try {
            Path fresh = file.resolveSibling(file.getFileName() + ".new");
            Files.writeString(fresh, text + "\n");
            Files.move(fresh, file, StandardCopyOption.ATOMIC_MOVE);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
