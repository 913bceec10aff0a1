package io.millrace.ejb.tier;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;

/**
 * Cuts off the entry that a process was writing when it died. Infinispan's soft-index file store writes an entry in pieces, and
 * when it makes its index anew it looks at the first two of them alone: it takes an entry that has no value yet for the newest
 * one of its key, and can't read the key any more, also what was there before (15.2.6: {@code
 * NonBlockingSoftIndexFileStore.HandleIterator}). What was being written was promised to nobody.
 */
final class TornWrites {

    private static final Logger LOG = System.getLogger(TornWrites.class.getName());

    /** Of the files in this format, see {@code org.infinispan.persistence.sifs.EntryHeader}. */
    private static final String PREFIX = "ispn12.";
    private static final byte MAGIC = 1;
    private static final int HEADER_BYTES = 27;
    /** Files that nobody wrote to at the end were complete then. */
    private static final Duration AT_THE_END = Duration.ofMinutes(1);

    private TornWrites() {}

    /**
     * Before the store is opened.
     *
     * @param folder where its files are, at whatever depth; may be missing
     */
    static void cut(Path folder) {
        if (!Files.isDirectory(folder)) {
            return;
        }
        try {
            List<Path> files;
            try (Stream<Path> all = Files.walk(folder)) {
                files = all.filter(file -> file.getFileName().toString().startsWith(PREFIX)).toList();
            }
            long end = 0;
            for (Path file : files) {
                end = Math.max(end, Files.getLastModifiedTime(file).toMillis());
            }
            for (Path file : files) {
                if (Files.getLastModifiedTime(file).toMillis() >= end - AT_THE_END.toMillis()) {
                    cutFile(file);
                }
            }
        } catch (IOException e) {
            throw new UncheckedIOException("Could not look through " + folder + ": " + e, e);
        }
    }

    private static void cutFile(Path file) throws IOException {
        try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ, StandardOpenOption.WRITE)) {
            long size = channel.size();
            long whole = whole(channel, size);
            if (whole < size) {
                channel.truncate(whole);
                channel.force(true);
                LOG.log(Level.WARNING, "{0}: cut off {1} bytes that a process was writing when it died", file, size - whole);
            }
        }
    }

    /** The end of the last entry that is all there. What is no entry at all is left for the store to complain about. */
    private static long whole(FileChannel channel, long size) throws IOException {
        ByteBuffer header = ByteBuffer.allocate(HEADER_BYTES);
        long at = 0;
        while (at < size) {
            header.clear();
            while (header.hasRemaining() && channel.read(header, at + header.position()) >= 0) {
                continue;
            }
            if (header.hasRemaining()) {
                return at;
            }
            header.flip();
            if (header.get() != MAGIC) {
                return size;
            }
            int key = header.getShort();
            int metadata = header.getShort();
            int value = header.getInt();
            int internal = header.getShort();
            long next = at + HEADER_BYTES + key + metadata + value + internal;
            if (next > size) {
                return at;
            }
            if (next < at + HEADER_BYTES) {
                return size;
            }
            at = next;
        }
        return at;
    }
}
