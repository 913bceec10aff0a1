package io.millrace.connector.llama;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * The native library as a file, judged before anything of it is loaded: what is loaded stays in the process, ggml can't
 * be loaded twice, and reading a cut-off library through its mapping ends the process. Immutable.
 */
final class LibraryFile {

    private static final int ELF_MAGIC = 0x464C457F;
    private static final int ELF_HEADER = 64;
    private static final int ELF_SECTIONS_AT = 40;
    private static final int ELF_SECTION_SIZE = 58;
    private static final int ELF_SECTION_COUNT = 60;

    private final Path path;

    private LibraryFile(Path path) {
        this.path = path;
    }

    static LibraryFile in(Path folder) throws EngineException {
        if (folder == null) {
            throw new EngineException(Code.NATIVE_LIBRARY, "no folder of the native library is configured");
        }
        Path path = folder.resolve(System.mapLibraryName(Abi.LIBRARY_NAME));
        Path onCuda = folder.resolve(System.mapLibraryName(Abi.CUDA_LIBRARY_NAME));
        if (!Files.exists(path) && Files.exists(onCuda)) {
            path = onCuda;
        }
        try {
            return new LibraryFile(path.toRealPath());
        } catch (IOException e) {
            throw new EngineException(Code.NATIVE_LIBRARY, path + " is not there: fetch the native library first", e);
        }
    }

    Path path() {
        return path;
    }

    Path folder() {
        return path.getParent();
    }

    /** @throws EngineException with code NATIVE_LIBRARY when this can't be the right library in one piece */
    void requireFit() throws EngineException {
        try {
            requireWhole(path);
            try (DirectoryStream<Path> others = Files.newDirectoryStream(folder(), "*.so")) {
                for (Path other : others) {
                    requireWhole(other);
                }
            }
            for (String mark : new String[] {"llama_version", Abi.VERSION}) {
                if (!holds(path, mark)) {
                    throw refused(path, "is not llama.cpp " + Abi.VERSION + ", which this adapter needs");
                }
            }
        } catch (IOException | UncheckedIOException e) {
            throw new EngineException(Code.NATIVE_LIBRARY, path + " can't be read: " + e.getMessage(), e);
        }
    }

    /** An ELF file names the place of its table of sections, which linkers put last. */
    private static void requireWhole(Path file) throws IOException, EngineException {
        try (FileChannel channel = FileChannel.open(file)) {
            ByteBuffer header = ByteBuffer.allocate(ELF_HEADER).order(ByteOrder.LITTLE_ENDIAN);
            channel.read(header, 0);
            boolean elf = header.position() == ELF_HEADER && header.getInt(0) == ELF_MAGIC;
            if (!elf && file.toString().endsWith(".so")) {
                throw refused(file, "is not a library for this machine");
            }
            long end = header.getLong(ELF_SECTIONS_AT)
                    + (long) header.getShort(ELF_SECTION_SIZE) * header.getShort(ELF_SECTION_COUNT);
            if (elf && end > channel.size()) {
                throw refused(file, "is cut off: it has " + channel.size() + " of " + end + " bytes");
            }
        }
    }

    private static boolean holds(Path file, String text) throws IOException {
        byte[] all = Files.readAllBytes(file);
        byte[] sought = text.getBytes(StandardCharsets.US_ASCII);
        for (int at = 0; at <= all.length - sought.length; at++) {
            int same = 0;
            while (same < sought.length && all[at + same] == sought[same]) {
                same++;
            }
            if (same == sought.length) {
                return true;
            }
        }
        return false;
    }

    private static EngineException refused(Path file, String why) {
        return new EngineException(Code.NATIVE_LIBRARY, file + " " + why);
    }
}
