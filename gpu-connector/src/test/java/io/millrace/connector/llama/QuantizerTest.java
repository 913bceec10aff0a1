package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.gguf.GgufFile;
import io.millrace.connector.gguf.TensorType;
import io.millrace.connector.llama.Quantizer.Format;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class QuantizerTest {

    @TempDir Path folder;

    private GgufFile write(Path from, Format format, boolean again) throws EngineException {
        Path to = folder.resolve(format + ".gguf");
        Quantizer.write(Engines.NATIVES, from, to, format, 1, again, (_, _) -> { });
        return GgufFile.read(to);
    }

    @ParameterizedTest @EnumSource(Format.class)
    void writesASmallerModelOfTheSameWeightsThatStillLoads(Format format) throws Exception {
        GgufFile before = GgufFile.read(Engines.model("deepseek2-tiny", "F16"));
        GgufFile after = write(before.path(), format, false);
        assertEquals(format.name(), after.quantisation());
        assertEquals(before.parameters(), after.parameters());
        assertTrue(after.fileBytes() < before.fileBytes(), after.fileBytes() + " of " + before.fileBytes());
        assertTrue(after.fileBytes() <= format.bytes(before), after.fileBytes() + " of at most " + format.bytes(before));
        try (LlamaEngine engine = LlamaEngine.open(Engines.spec(after.path(), 256, 2, 64, true,
                io.millrace.connector.engine.EngineSpec.KvType.F16, io.millrace.connector.engine.EngineSpec.Toggle.AUTO))) {
            assertEquals(format.name(), engine.model().quantisation());
        }
    }

    /** Rows of 64 and 128 numbers are no whole blocks of 256: the library takes Q5_0 and its like for them. */
    @Test void countsTheMatricesThatTakeMoreBits() throws Exception {
        GgufFile narrow = GgufFile.read(Engines.model("llama-tiny", "F16"));
        long misfits = Format.Q4_K_M.misfits(narrow);
        assertTrue(misfits > 0);
        assertEquals(0, Format.Q8_0.misfits(narrow));
        GgufFile after = write(narrow.path(), Format.Q4_K_M, false);
        long inBlocksOf256 = after.tensors().stream().filter(tensor -> tensor.type().blockLength() == 256).count();
        long matrices = after.tensors().stream().filter(tensor -> tensor.shape().length > 1).count();
        assertEquals(matrices - misfits, inBlocksOf256);
    }

    @Test void tellsOfEachTensor() throws Exception {
        List<Integer> seen = new ArrayList<>();
        Path from = Engines.model("llama-tiny", "F16");
        int tensors = GgufFile.read(from).tensors().size();
        Quantizer.write(Engines.NATIVES, from, folder.resolve("out.gguf"), Format.Q8_0, 1, false, (at, of) -> {
            assertEquals(tensors, of);
            seen.add(at);
        });
        assertArrayEquals(IntStream.rangeClosed(1, tensors).toArray(), seen.stream().mapToInt(i -> i).toArray());
    }

    @Test void refusesToShortenTwiceUnlessAsked() throws Exception {
        Path from = Engines.model("llama-tiny", "Q8_0");
        EngineException e = assertThrows(EngineException.class, () -> write(from, Format.Q4_0, false));
        assertEquals(Code.MODEL_UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("requantizing from type q8_0 is disabled"), e.getMessage());
        assertEquals(TensorType.Q4_0.name(), write(from, Format.Q4_0, true).quantisation());
    }

    @Test void saysWhyAFileCannotBeWritten() {
        Path nowhere = folder.resolve("no/such/folder/out.gguf");
        EngineException e = assertThrows(EngineException.class, () ->
                Quantizer.write(Engines.NATIVES, Engines.model("llama-tiny", "F16"), nowhere, Format.Q8_0, 1, false, (_, _) -> { }));
        assertEquals(Code.MODEL_UNSUPPORTED, e.code());
        assertTrue(e.getMessage().contains("can't be written as Q8_0: "), e.getMessage());
        assertTrue(Files.notExists(nowhere));
    }

    @Test void refusesWhatIsNoModel() throws Exception {
        Path text = Files.writeString(folder.resolve("text.gguf"), "this is no model, only a text that is long enough");
        assertEquals(Code.MODEL_DAMAGED, assertThrows(EngineException.class, () -> write(text, Format.Q8_0, false)).code());
    }
}
