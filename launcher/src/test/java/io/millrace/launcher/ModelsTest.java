package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.gguf.SeedModel;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ModelsTest {

    @TempDir
    Path parent;

    private final List<String> told = new ArrayList<>();
    private DataFolder folder;
    private Models models;

    @BeforeEach
    void prepare() {
        folder = new DataFolder(parent.resolve("data"));
        folder.prepare();
        models = new Models(folder, new Home(parent.resolve("checkout"), parent.resolve("checkout/dist")));
    }

    @Test
    void standsInWithNoiseAndSaysSo() {
        Path model = models.toServe(Optional.empty(), told::add);
        assertEquals(folder.models().resolve("seed.gguf"), model);
        assertEquals("deepseek2", Models.read(model).architecture());
        assertTrue(told.getFirst().contains("answers NOISE until you add a real one"), told.toString());
    }

    @Test
    void servesListsAndFindsTheDemonstrationModelThatComesWithIt() throws IOException {
        Path pilot = parent.resolve("checkout/models/millrace-pilot.gguf");
        Files.createDirectories(pilot.getParent());
        SeedModel.write(pilot, "llama-tiny", "q8_0", 1);
        assertEquals(pilot, models.toServe(Optional.empty(), told::add));
        assertTrue(told.getFirst().contains("only knows Millrace"), told.toString());
        assertEquals(List.of(pilot), models.list());
        assertEquals(Optional.of(pilot), models.byDefault());
        assertEquals(pilot, models.find("millrace-pilot"));
    }

    @Test
    void servesWhatIsConfiguredBeforeWhatWasChosen() throws IOException {
        Path configured = Files.writeString(parent.resolve("configured.gguf"), "x");
        Path chosen = Files.writeString(parent.resolve("chosen.gguf"), "x");
        models.choose(chosen);
        assertEquals(configured, models.toServe(Optional.of(configured), told::add));
        assertEquals(chosen, models.toServe(Optional.empty(), told::add));
        assertEquals(List.of(), told);
    }

    @Test
    void addsAGgufFileOnceUnderItsName() throws IOException {
        Path file = parent.resolve("tiny.gguf");
        SeedModel.write(file, "llama-tiny", "q8_0", 1);
        Path added = models.add(file, "tiny", Optional.empty(), told::add).file();
        assertEquals(-1, Files.mismatch(file, added));
        assertEquals(List.of(added), models.list());
        assertEquals(added, models.find("tiny"));
        assertTrue(assertThrows(Failure.class, () -> models.add(file, "tiny", Optional.empty(), told::add)).getMessage().contains("another name with --name"));
    }

    @Test
    void checksTheSha256ThatItIsGiven() throws Exception {
        Path file = parent.resolve("tiny.gguf");
        SeedModel.write(file, "llama-tiny", "q8_0", 1);
        String right = HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(Files.readAllBytes(file)));
        String wrong = "0".repeat(64);
        String refused = assertThrows(Failure.class, () -> models.add(file, "tiny", Optional.of(wrong), told::add)).getMessage();
        assertTrue(refused.contains(right) && refused.contains(wrong), refused);
        try (var left = Files.list(folder.models())) {
            assertEquals(List.of(), left.toList());
        }
        assertEquals(right, models.add(file, "tiny", Optional.of(right), told::add).sha256());
    }

    @Test
    void refusesWhatIsNoModelAndNamesThatAreNoFileNames() throws IOException {
        Path text = Files.writeString(parent.resolve("text.gguf"), "not a model at all, but long enough to hold a header");
        assertThrows(Failure.class, () -> models.add(text, "text", Optional.empty(), told::add));
        assertThrows(Failure.class, () -> models.add(parent.resolve("missing.gguf"), "missing", Optional.empty(), told::add));
        assertThrows(Failure.class, () -> models.find(".."));
        assertThrows(Failure.class, () -> models.find("missing"));
        assertEquals(List.of(), models.list());
    }

    @Test
    void namesTheFileThatIsMissing() {
        Path missing = parent.resolve("missing.gguf");
        Failure failure = assertThrows(Failure.class, () -> models.toServe(Optional.of(missing), told::add));
        assertTrue(failure.getMessage().startsWith("There is no model at " + missing), failure.getMessage());
    }
}
