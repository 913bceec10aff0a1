package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TarTest {

    @TempDir
    Path folder;

    @Test
    void unpacksWhatTarPacked() throws Exception {
        Path from = Files.createDirectories(folder.resolve("from"));
        String longName = "d".repeat(80) + "/" + "e".repeat(80) + "/" + "f".repeat(120);
        Files.createDirectories(from.resolve(longName).getParent());
        Files.writeString(from.resolve(longName), "far down");
        Files.writeString(from.resolve("run.sh"), "x".repeat(1500));
        assertTrue(from.resolve("run.sh").toFile().setExecutable(true));
        Files.writeString(from.resolve("empty"), "");
        Files.createSymbolicLink(from.resolve("link"), Path.of("run.sh"));
        Path into = Files.createDirectories(folder.resolve("into"));
        for (String format : new String[] {"gnu", "pax"}) {
            Path archive = folder.resolve(format + ".tar");
            Process tar = new ProcessBuilder("tar", "--format=" + format, "-cf", archive.toString(), "-C", from.toString(), ".").inheritIO().start();
            assertTrue(tar.waitFor(10, TimeUnit.SECONDS) && tar.exitValue() == 0);
            Path target = into.resolve(format);
            Tar.unpack(Files.newInputStream(archive), target, name -> name);
            assertEquals("far down", Files.readString(target.resolve(longName)), format);
            assertEquals("x".repeat(1500), Files.readString(target.resolve("link")), format);
            assertTrue(Files.isExecutable(target.resolve("run.sh")), format);
            assertFalse(Files.isExecutable(target.resolve("empty")), format);
        }
    }

    @Test
    void leavesOutWhatIsRenamedToNothing() throws IOException {
        Tar.unpack(archive(entry("a/keep", "1", '0', ""), entry("a/drop", "2", '0', "")), folder, name -> name.endsWith("keep") ? "kept" : null);
        assertEquals("1", Files.readString(folder.resolve("kept")));
        assertEquals(1, folder.toFile().list().length);
    }

    @Test
    void refusesAPathThatLeavesTheFolder() {
        assertThrows(IOException.class, () -> Tar.unpack(archive(entry("../out", "1", '0', "")), folder.resolve("in"), name -> name));
    }

    @Test
    void refusesALinkThatLeavesTheFolder() {
        assertThrows(IOException.class, () -> Tar.unpack(archive(entry("link", "", '2', "../../etc")), folder.resolve("in"), name -> name));
    }

    @Test
    void refusesAnArchiveThatIsCutOff() {
        byte[] whole = entry("file", "x".repeat(600), '0', "");
        assertThrows(IOException.class, () -> Tar.unpack(new ByteArrayInputStream(Arrays.copyOf(whole, 900)), folder, name -> name));
    }

    private static ByteArrayInputStream archive(byte[]... entries) throws IOException {
        ByteArrayOutputStream archive = new ByteArrayOutputStream();
        for (byte[] entry : entries) {
            archive.write(entry);
        }
        archive.write(new byte[1024]);
        return new ByteArrayInputStream(archive.toByteArray());
    }

    private static byte[] entry(String name, String content, char type, String link) {
        byte[] bytes = new byte[512 + (content.length() + 511) / 512 * 512];
        put(bytes, 0, name);
        put(bytes, 100, "0000644");
        put(bytes, 124, "%011o".formatted(content.length()));
        bytes[156] = (byte) type;
        put(bytes, 157, link);
        put(bytes, 257, "ustar");
        put(bytes, 512, content);
        return bytes;
    }

    private static void put(byte[] bytes, int at, String text) {
        byte[] ascii = text.getBytes(StandardCharsets.US_ASCII);
        System.arraycopy(ascii, 0, bytes, at, ascii.length);
    }
}
