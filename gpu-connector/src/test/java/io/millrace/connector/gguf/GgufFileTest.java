package io.millrace.connector.gguf;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec.KvType;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GgufFileTest {

    @TempDir static Path folder;
    private static byte[] sound;

    @BeforeAll static void writeASoundFile() throws IOException {
        Path file = folder.resolve("sound.gguf");
        SeedModel.write(file, "qwen2-tiny", "Q8_0", 1);
        sound = Files.readAllBytes(file);
    }

    private static Path file(byte[] bytes) throws IOException {
        return Files.write(folder.resolve("model.gguf"), bytes);
    }

    private static void refused(Code code, String why, byte[] bytes) throws IOException {
        Path file = file(bytes);
        EngineException e = assertThrows(EngineException.class, () -> GgufFile.read(file), why);
        assertEquals(code, e.code(), e.getMessage());
        assertTrue(e.getMessage().contains(file.toString()), e.getMessage());
        assertTrue(e.getMessage().contains(why), e.getMessage());
    }

    private static byte[] changed(int at, int value) {
        byte[] bytes = sound.clone();
        ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).putInt(at, value);
        return bytes;
    }

    private static byte[] replaced(String text, String by) {
        String all = new String(sound, StandardCharsets.ISO_8859_1);
        assertTrue(all.contains(text));
        assertEquals(text.length(), by.length());
        return all.replace(text, by).getBytes(StandardCharsets.ISO_8859_1);
    }

    @ParameterizedTest
    @CsvSource({"llama-tiny,llama,2048", "qwen2-tiny,qwen2,2048", "qwen3-tiny,qwen3,2048",
        "deepseek2-tiny,deepseek2,2048"})
    void readsWhatTheWriterWrote(String shape, String architecture, int context) throws Exception {
        for (String quant : List.of("F32", "F16", "Q8_0", "Q4_0")) {
            Path path = folder.resolve("read.gguf");
            SeedModel.write(path, shape, quant, 3);
            GgufFile file = GgufFile.read(path);
            assertEquals(architecture, file.architecture());
            assertEquals(quant, file.quantisation());
            assertEquals(context, file.contextLength());
            assertEquals(512, file.vocabulary());
            assertEquals(shape + " (random weights)", file.name());
            assertEquals(Files.size(path), file.fileBytes());
            assertTrue(file.parameters() > 50_000 && file.weightBytes() < file.fileBytes());
            assertTrue(file.kvBytesPerToken(KvType.F32) == 2 * file.kvBytesPerToken(KvType.F16));
        }
    }

    @Test void theSameSeedWritesTheSameBytes() throws IOException {
        Path again = folder.resolve("again.gguf");
        SeedModel.write(again, "qwen2-tiny", "Q8_0", 1);
        assertArrayEquals(sound, Files.readAllBytes(again));
        SeedModel.write(again, "qwen2-tiny", "Q8_0", 2);
        assertTrue(!Arrays.equals(sound, Files.readAllBytes(again)));
    }

    @Test void saysWhichFileIsMissing() {
        Path missing = folder.resolve("missing.gguf");
        EngineException e = assertThrows(EngineException.class, () -> GgufFile.read(missing));
        assertEquals(Code.MODEL_MISSING, e.code());
        assertTrue(e.getMessage().contains(missing.toString()));
        assertEquals(Code.MODEL_MISSING,
                assertThrows(EngineException.class, () -> GgufFile.read(folder)).code());
    }

    @Test void saysWhatAFileIsThatIsNoModel() throws IOException {
        refused(Code.MODEL_DAMAGED, "it is empty", new byte[0]);
        refused(Code.MODEL_DAMAGED, "does not begin with GGUF", new byte[] {'G'});
        refused(Code.MODEL_DAMAGED, "does not begin with GGUF", new byte[4096]);
        refused(Code.MODEL_DAMAGED, "HTML page", "\n<!DOCTYPE html><html>Not found</html>".getBytes());
        refused(Code.MODEL_DAMAGED, "Git LFS pointer", "version https://git-lfs.github.com/spec/v1\n".getBytes());
        refused(Code.MODEL_UNSUPPORTED, "big-endian", changed(0, 0x47475546));
        refused(Code.MODEL_UNSUPPORTED, "version 1", changed(4, 1));
        refused(Code.MODEL_UNSUPPORTED, "version 4", changed(4, 4));
    }

    @Test void noticesEveryLengthThatTheFileIsCutOffAt() throws Exception {
        GgufFile whole = GgufFile.read(file(sound));
        refused(Code.MODEL_DAMAGED, "after the end of the file: the download was cut off",
                Arrays.copyOf(sound, sound.length - 64));
        refused(Code.MODEL_DAMAGED, "cut off", Arrays.copyOf(sound, (int) whole.dataStart()));
        Random random = new Random(5);
        for (int i = 0; i < 300; i++) {
            int length = i < 100 ? 4 + i : 4 + random.nextInt(sound.length - 100);
            refused(Code.MODEL_DAMAGED, "", Arrays.copyOf(sound, length));
        }
    }

    @Test void countsThatNoFileCouldHoldCostNothing() throws IOException {
        for (int at : new int[] {8, 12, 16, 20, 24, 28}) {
            byte[] bytes = changed(at, 0x7FFFFFF0);
            assertTimeout(Duration.ofSeconds(1), () -> refused(Code.MODEL_DAMAGED, "", bytes));
        }
    }

    @Test void refusesParametersThatMakeNoSense() throws IOException {
        int at = new String(sound, StandardCharsets.ISO_8859_1).indexOf("qwen2.block_count") + 21;
        refused(Code.MODEL_DAMAGED, "qwen2.block_count is 0", changed(at, 0));
        refused(Code.MODEL_DAMAGED, "qwen2.block_count is 4294967295", changed(at, -1));
        int heads = new String(sound, StandardCharsets.ISO_8859_1).indexOf("qwen2.attention.head_count_kv") + 33;
        refused(Code.MODEL_DAMAGED, "2 attention heads can't share 0", changed(heads, 0));
        refused(Code.MODEL_DAMAGED, "occurs twice", replaced("blk.0.attn_q.weight", "blk.0.attn_k.weight"));
    }

    @Test void refusesAVocabularyThatHoldsATokenTwice() throws IOException {
        byte[] bytes = replaced("\u0005\0\0\0\0\0\0\0\u00C4\u00A0the", "\u0005\0\0\0\0\0\0\0\u00C4\u00A0who");
        refused(Code.MODEL_DAMAGED, "twice", bytes);
    }

    @Test void refusesOnePartOfSeveral() {
        Path path = folder.resolve("big-00002-of-00003.gguf");
        EngineException e = assertThrows(EngineException.class, () -> {
            new GgufWriter().put("split.no", 1).put("split.count", 3).write(path);
            GgufFile.read(path);
        });
        assertEquals(Code.MODEL_UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("is part 2 of 3 of a model"), e.getMessage());
    }

    @Test void refusesAVocabularyWithoutWeights() throws IOException {
        Path file = folder.resolve("vocabulary.gguf");
        GgufWriter writer = new GgufWriter().put("general.architecture", "llama");
        new SeedVocabulary(512).writeTo(writer, "qwen2", false);
        writer.write(file);
        EngineException e = assertThrows(EngineException.class, () -> GgufFile.read(file));
        assertEquals(Code.MODEL_UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("no weights"), e.getMessage());
    }

    @Test void damagedHeadersAreReadOrRefusedAndNothingElse() throws Exception {
        int header = (int) GgufFile.read(file(sound)).dataStart();
        Random random = new Random(11);
        int refused = 0;
        for (int i = 0; i < 1500; i++) {
            byte[] bytes = sound.clone();
            for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
                int at = i % 3 == 0 ? random.nextInt(200) : random.nextInt(header);
                bytes[at] = i % 2 == 0 ? (byte) random.nextInt() : (byte) (bytes[at] ^ 1 << random.nextInt(8));
            }
            Path file = file(bytes);
            long start = System.nanoTime();
            try {
                GgufFile.read(file);
            } catch (EngineException e) {
                assertTrue(e.code() == Code.MODEL_DAMAGED || e.code() == Code.MODEL_UNSUPPORTED, e.getMessage());
                refused++;
            }
            assertTrue(System.nanoTime() - start < 2_000_000_000L, "took too long");
        }
        assertTrue(refused > 300, "refused " + refused);
    }
}
