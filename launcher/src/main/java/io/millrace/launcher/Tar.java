package io.millrace.launcher;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.function.UnaryOperator;

/** Unpacks a tar archive: regular files, folders and symbolic links, with POSIX ustar and GNU or pax long names. */
final class Tar {

    private static final int BLOCK = 512;

    private final InputStream in;

    private Tar(InputStream in) {
        this.in = in;
    }

    /**
     * Unpacks into {@code folder}.
     *
     * @param in     the archive, already decompressed; not closed
     * @param rename the path of an entry to the path it shall have below {@code folder}; null leaves the entry out
     * @throws IOException when the archive is damaged or an entry would land outside {@code folder}
     */
    static void unpack(InputStream in, Path folder, UnaryOperator<String> rename) throws IOException {
        new Tar(in).unpack(folder, rename);
    }

    private void unpack(Path folder, UnaryOperator<String> rename) throws IOException {
        String longName = null;
        for (byte[] header = block(); header[0] != 0; header = block()) {
            long size = number(header, 124, 12);
            char type = (char) header[156];
            if (type == 'L' || type == 'x') {
                String content = new String(content(size), StandardCharsets.UTF_8);
                longName = type == 'L' ? text(content.getBytes(StandardCharsets.UTF_8), 0, content.length()) : paxPath(content);
                continue;
            }
            String name = longName != null ? longName : name(header);
            longName = null;
            String target = rename.apply(name);
            if (target == null) {
                in.skipNBytes(padded(size));
            } else {
                entry(inside(folder, target), folder, header, type, size);
            }
        }
    }

    private void entry(Path file, Path folder, byte[] header, char type, long size) throws IOException {
        switch (type) {
            case '5' -> Files.createDirectories(file);
            case '2' -> {
                Files.createDirectories(file.getParent());
                String link = text(header, 157, 100);
                inside(folder, folder.relativize(file.resolveSibling(link).normalize()).toString());
                Files.deleteIfExists(file);
                Files.createSymbolicLink(file, Path.of(link));
            }
            case '0', '\0' -> {
                Files.createDirectories(file.getParent());
                write(file, size);
                boolean executable = (number(header, 100, 8) & 0100) != 0;
                Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(executable ? "rwxr-xr-x" : "rw-r--r--"));
            }
            default -> in.skipNBytes(padded(size));
        }
    }

    private void write(Path file, long size) throws IOException {
        try (var out = Files.newOutputStream(file)) {
            byte[] buffer = new byte[1 << 16];
            for (long left = size; left > 0; ) {
                int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
                if (read < 0) {
                    throw new EOFException("the archive ends within " + file.getFileName());
                }
                out.write(buffer, 0, read);
                left -= read;
            }
        }
        in.skipNBytes(padded(size) - size);
    }

    private byte[] content(long size) throws IOException {
        byte[] bytes = in.readNBytes((int) size);
        in.skipNBytes(padded(size) - size);
        return bytes;
    }

    private byte[] block() throws IOException {
        byte[] block = in.readNBytes(BLOCK);
        if (block.length < BLOCK) {
            throw new EOFException("the archive is cut off");
        }
        return block;
    }

    private static Path inside(Path folder, String name) throws IOException {
        Path file = folder.resolve(name).normalize();
        if (!file.startsWith(folder) || Files.isSymbolicLink(file.getParent())) {
            throw new IOException("the archive reaches outside its folder: " + name);
        }
        return file;
    }

    private static String name(byte[] header) {
        String name = text(header, 0, 100);
        String prefix = text(header, 257, 5).equals("ustar") ? text(header, 345, 155) : "";
        return prefix.isEmpty() ? name : prefix + "/" + name;
    }

    /** A pax header's records are {@code "<length> <key>=<value>\n"}. */
    private static String paxPath(String records) {
        for (String line : records.split("\n")) {
            int key = line.indexOf(" path=");
            if (key > 0) {
                return line.substring(key + " path=".length());
            }
        }
        return null;
    }

    private static long number(byte[] header, int from, int length) {
        String digits = text(header, from, length).trim();
        return digits.isEmpty() ? 0 : Long.parseLong(digits, 8);
    }

    private static String text(byte[] bytes, int from, int length) {
        int end = from;
        while (end < from + length && end < bytes.length && bytes[end] != 0) {
            end++;
        }
        return new String(bytes, from, end - from, StandardCharsets.UTF_8);
    }

    private static long padded(long size) {
        return (size + BLOCK - 1) / BLOCK * BLOCK;
    }
}
