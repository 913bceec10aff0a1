package io.millrace.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.gguf.SeedModel;
import jakarta.json.Json;
import jakarta.json.JsonObject;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command as it is typed, through the real library. */
class ModelQuantizeCommandTest {

    @TempDir
    Path data;

    private Path from;

    @BeforeEach
    void write() throws Exception {
        from = Files.createDirectories(data.resolve("models")).resolve("tiny.gguf");
        SeedModel.write(from, "llama-tiny", "f16", 1);
    }

    private CommandRun run(String... more) throws Exception {
        return CommandRun.of(data, Map.of(), Stream.concat(Stream.of("model", "quantize"), Stream.of(more)).toArray(String[]::new));
    }

    private List<String> models() throws Exception {
        try (Stream<Path> files = Files.list(data.resolve("models"))) {
            return files.map(file -> file.getFileName().toString()).sorted().toList();
        }
    }

    @Test
    void writesItAndTellsSizeAndPerplexityBeforeAndAfter() throws Exception {
        CommandRun run = run("tiny", "small", "q4_k_m", "--json", "--windows", "2", "--context", "64");
        assertEquals(0, run.status(), run.toString());
        JsonObject result = Json.createReader(new StringReader(run.out())).readObject();
        assertEquals("Q4_K_M", result.getJsonObject("after").getString("quantisation"));
        assertEquals(Files.size(data.resolve("models/small.gguf")), result.getJsonObject("after").getInt("bytes"));
        assertTrue(result.getJsonObject("after").getInt("bytes") < result.getJsonObject("before").getInt("bytes"));
        assertTrue(result.getInt("otherFormat") > 0, "rows of 64 are no blocks of 256");
        for (String side : new String[] {"before", "after"}) {
            assertTrue(result.getJsonObject(side).getJsonNumber("perplexity").doubleValue() > 1, run.out());
        }
        assertEquals(64, result.getInt("scoredTokens"));
        assertEquals(List.of("small.gguf", "tiny.gguf"), models());
    }

    @Test
    void tellsPeopleWhatItCost() throws Exception {
        Path text = Files.writeString(data.resolve("text.txt"), "The mill turns as long as the water runs. ".repeat(30));
        CommandRun run = run("tiny", "small", "Q8_0", "--text", text.toString(), "--context", "64");
        assertTrue(run.out().contains("in F16 became ") && run.out().contains(" in Q8_0, "), run.toString());
        assertTrue(run.out().contains("on 128 tokens of text.txt: 4 × the second half of a window of 64 tokens, stride 64."), run.toString());
        assertEquals("", run.err());
    }

    @Test
    void replacesNothingUnlessForced() throws Exception {
        Path small = Files.writeString(data.resolve("models/small.gguf"), "mine");
        CommandRun refused = run("tiny", "small", "q8_0", "--windows", "0");
        assertEquals("millrace: " + small + " exists already: give OUT another name, or replace it with --force.\n", refused.err());
        assertEquals("mine", Files.readString(small));
        assertEquals(0, run("tiny", "small", "q8_0", "--windows", "0", "--force").status());
        assertEquals("Q8_0", Models.read(small).quantisation());
        assertTrue(run("tiny", "tiny", "q8_0", "--force").err().contains("IN and OUT are the same file"));
    }

    @Test
    void saysWhatItCannotDoAndLeavesNothing() throws Exception {
        SeedModel.write(data.resolve("models/eight.gguf"), "llama-tiny", "q8_0", 1);
        CommandRun twice = run("eight", "four", "q4_0", "--windows", "0");
        assertEquals(1, twice.status());
        assertTrue(twice.err().contains("start from F16, BF16 or F32, or say --requantize."), twice.toString());
        assertTrue(run("missing", "four", "q4_0").err().contains("There is no model missing"));
        assertTrue(run("tiny", data.resolve("no/four.gguf").toString(), "q4_0").err().contains("There is no folder"));
        assertEquals(2, run("tiny", "four", "q3_k").status());
        assertEquals(List.of("eight.gguf", "tiny.gguf"), models());
    }
}
