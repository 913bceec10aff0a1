package io.millrace.launcher.download;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.security.MessageDigest;
import java.util.HexFormat;
import java.util.Optional;

/**
 * The file on its way, {@code NAME.part}, with {@code NAME.part.json} that says of what it is a part. Its checksum is
 * computed as it grows. Owned by the thread that downloads; locked against other processes.
 */
final class Part implements AutoCloseable {

    static final String SUFFIX = ".part";

    private static final int CHUNK = 1 << 20;

    private final Path file;
    private final Path note;
    private final FileChannel channel;
    private MessageDigest digest = Sha256.digest();
    private Optional<Version> version;
    private long length;

    private Part(Path file, FileChannel channel) {
        this.file = file;
        this.channel = channel;
        this.note = file.resolveSibling(file.getFileName() + ".json");
        this.version = Version.read(note);
    }

    /** What an earlier call left of this source, or a new one. */
    static Part open(Path target, Source source) throws IOException, DownloadException {
        Path file = target.resolveSibling(target.getFileName() + SUFFIX);
        FileChannel channel = FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.READ, StandardOpenOption.WRITE);
        Part part = new Part(file, channel);
        try {
            part.lock();
            if (part.version.filter(known -> known.key().equals(Version.key(source)) && known.canGoOn()).isPresent()) {
                part.readAgain();
            } else {
                part.restart();
            }
            return part;
        } catch (IOException | DownloadException | RuntimeException e) {
            channel.close();
            throw e;
        }
    }

    private void lock() throws IOException, DownloadException {
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return;
            }
        } catch (OverlappingFileLockException _) {
            // this process itself
        }
        throw new DownloadException("Another command is fetching " + file.getFileName() + " right now: let it finish, or end it.");
    }

    private void readAgain() throws IOException {
        ByteBuffer chunk = ByteBuffer.allocate(CHUNK);
        while (channel.read(chunk.clear()) >= 0) {
            length += chunk.flip().remaining();
            digest.update(chunk);
        }
    }

    Path file() {
        return file;
    }

    long length() {
        return length;
    }

    /** Of what this is a part; empty when nothing is known. */
    Optional<Version> version() {
        return version;
    }

    void remember(Version known) throws IOException {
        if (!version.equals(Optional.of(known))) {
            known.write(note);
            version = Optional.of(known);
        }
    }

    void append(ByteBuffer bytes) throws IOException {
        digest.update(bytes.duplicate());
        while (bytes.hasRemaining()) {
            length += channel.write(bytes, length);
        }
    }

    /** Throws away what is there. */
    void restart() throws IOException {
        channel.truncate(0);
        length = 0;
        digest = Sha256.digest();
        version = Optional.empty();
        Files.deleteIfExists(note);
    }

    /** The first bytes, at most {@code most}. */
    byte[] head(int most) throws IOException {
        ByteBuffer head = ByteBuffer.allocate((int) Math.min(most, length));
        while (head.hasRemaining() && channel.read(head, head.position()) >= 0) {
            // until it is full
        }
        return head.array();
    }

    /** Of all that is there, in hexadecimal; nothing can be added after. */
    String sha256() {
        return HexFormat.of().formatHex(digest.digest());
    }

    /** Gives the complete file its name. */
    void moveTo(Path target) throws IOException {
        channel.force(true);
        Files.move(file, target, StandardCopyOption.ATOMIC_MOVE);
        Files.deleteIfExists(note);
    }

    /** Removes it, since going on with it could lead to nothing. */
    void delete() throws IOException {
        Files.deleteIfExists(note);
        Files.deleteIfExists(file);
    }

    @Override
    public void close() throws IOException {
        channel.close();
        if (length == 0) {
            delete();
        }
    }
}
