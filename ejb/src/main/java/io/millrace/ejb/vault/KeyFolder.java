package io.millrace.ejb.vault;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.SecureRandom;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;

/**
 * The folder {@code vault} of the data directory, for its owner only: {@code key}, where one was drawn, and {@code salt}.
 * Blocks on the disk. Owned by the thread that starts; one process at a time uses a data directory.
 */
final class KeyFolder {

    private static final SecureRandom RANDOM = new SecureRandom();

    private final Path folder;

    KeyFolder(Path data) {
        folder = data.resolve("vault");
    }

    /**
     * The key that was drawn here, in base64; empty where none was yet.
     *
     * @throws IllegalStateException when the file holds something else
     */
    Optional<String> key() {
        return read("key", MasterKey.BYTES);
    }

    /** Draws one; it is on the disk when this returns. */
    String drawKey() {
        return draw("key", MasterKey.BYTES);
    }

    /** For passphrases; drawn at the first call. */
    byte[] salt() {
        return Base64.getDecoder().decode(read("salt", MasterKey.SALT_BYTES).orElseGet(() -> draw("salt", MasterKey.SALT_BYTES)));
    }

    private Optional<String> read(String name, int bytes) {
        Path file = folder.resolve(name);
        try {
            String text = Files.readString(file, StandardCharsets.US_ASCII).strip();
            if (Base64.getDecoder().decode(text).length != bytes) {
                throw new IllegalArgumentException("of another length");
            }
            return Optional.of(text);
        } catch (NoSuchFileException e) {
            return Optional.empty();
        } catch (IOException | IllegalArgumentException e) {
            throw new IllegalStateException(file + " can't be read as " + bytes + " bytes in base64. Put the right one back from a copy;"
                    + " only where nothing was ever sealed with it, delete the file and another is drawn.", e);
        }
    }

    private String draw(String name, int count) {
        byte[] bytes = new byte[count];
        RANDOM.nextBytes(bytes);
        String text = Base64.getEncoder().encodeToString(bytes);
        try {
            Files.createDirectories(folder, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
            Path fresh = folder.resolve(name + ".new");
            Files.deleteIfExists(fresh);
            var forOwner = PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------"));
            try (FileChannel channel = FileChannel.open(fresh, Set.of(StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE), forOwner)) {
                ByteBuffer line = StandardCharsets.US_ASCII.encode(text + "\n");
                while (line.hasRemaining()) {
                    channel.write(line);
                }
                channel.force(true);
            }
            Files.move(fresh, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
            try (FileChannel directory = FileChannel.open(folder, StandardOpenOption.READ)) {
                directory.force(true);
            }
        } catch (IOException e) {
            throw new UncheckedIOException("The key for what is sealed can't be kept in " + folder + ": make it writable, or set vault.key.", e);
        }
        return text;
    }
}
