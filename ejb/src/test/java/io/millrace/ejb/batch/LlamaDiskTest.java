package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.EngineSpec.Kind;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The real library and the model that comes along. It computes in 32 bits: then equal texts come out equal. */
@Timeout(180)
class LlamaDiskTest {

    private static final Path MODEL = Path.of(System.getProperty("millrace.root", "..")).resolve("models/millrace-pilot.gguf");
    private static final Origin TALK = new Origin("tenant", "space", "talk");
    private static final int FIRST = 150;
    private static final int OTHER = 120;
    private static final int CELLS = 256;
    private static final int MOST = 24;
    private static final int STEP = 128;

    @TempDir
    private Path folder;

    @Test
    void theAnswerIsTheSameAfterEvictionRestartAndRestore() throws Exception {
        int[] first;
        int[] second;
        try (DiskLoop once = open(folder, Duration.ofDays(1))) {
            first = Arrays.copyOf(once.loop.tokenizer().encode("How does Millrace keep what it has computed? ".repeat(30), true, false), FIRST);
            second = concat(first, once.loop.tokenizer().encode("And what is it good for?", false, false));
            once.ask(TALK, first, MOST);
            int[] other = Arrays.copyOf(once.loop.tokenizer().encode("Which settings are there? ".repeat(30), true, false), OTHER);
            once.ask(TALK, other, MOST);
            DiskLoop.await(() -> once.store.files() > 0);
        }
        Answer computed;
        try (DiskLoop nothing = open(folder.resolve("nothing"), Duration.ofDays(1))) {
            computed = nothing.ask(TALK, second, MOST);
            assertEquals(0, computed.usage().cachedTokens());
        }
        try (DiskLoop again = open(folder, Duration.ofDays(1))) {
            Answer restored = again.ask(TALK, second, MOST);
            assertEquals(1, again.loop.stats().restores());
            assertEquals(FIRST, restored.usage().cachedTokens());
            assertEquals(computed.textHash(), restored.textHash());
            assertEquals(computed.usage().completionTokens(), restored.usage().completionTokens());
        }
    }

    /** A cache that has room for one of the two. */
    private static DiskLoop open(Path folder, Duration after) throws Exception {
        EngineSpec spec = new EngineSpec(Kind.LLAMA, Path.of(System.getProperty("millrace.natives")), MODEL, CELLS, 4, STEP, 1,
                KvType.F32, true, Toggle.OFF, 0);
        return new DiskLoop(folder, LlamaEngine.open(spec), new BatchSettings(1, 3, 1, STEP, STEP, 0, Duration.ofDays(1), Duration.ofDays(1),
                Duration.ZERO, 1, 0.5, 1 << 20, KvType.F32, true), after);
    }

    private static int[] concat(int[] one, int[] other) {
        return IntStream.concat(Arrays.stream(one), Arrays.stream(other)).toArray();
    }
}
