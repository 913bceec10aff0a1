package io.millrace.connector.llama;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineException.Code;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.engine.KvSnapshot;
import io.millrace.connector.engine.KvState;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.engine.SlotId;
import io.millrace.connector.engine.SlotOutcome;
import io.millrace.connector.engine.SlotWork;
import io.millrace.connector.gguf.SeedModel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SnapshotsTest {

    private static final int[] PROMPT = new Random(3).ints(40, 0, 508).toArray();

    private static KvSnapshot snapshot(LlamaEngine engine) throws EngineException {
        Player player = new Player(engine);
        player.open(0);
        player.prefillOnly(0, PROMPT);
        KvSnapshot snapshot = player.save(0);
        player.release(0);
        return snapshot;
    }

    private static void refused(LlamaEngine engine, String model, int tokens, byte[] bytes) throws EngineException {
        KvState state = new KvState(bytes.length);
        state.part(0, bytes.length).put(bytes);
        try (KvSnapshot snapshot = new KvSnapshot(model, tokens, state)) {
            refused(engine, snapshot);
        }
    }

    private static void refused(LlamaEngine engine, KvSnapshot snapshot) throws EngineException {
        Player player = new Player(engine);
        SlotId slot = new SlotId(1);
        List<SlotOutcome> outcomes = player.step(new SlotWork.Open(slot, Sampling.GREEDY),
                new SlotWork.Restore(slot, snapshot), Player.decodeWork(1, 5));
        assertEquals(1, outcomes.size());
        assertEquals(Code.SNAPSHOT, assertInstanceOf(SlotOutcome.Failed.class, outcomes.getFirst()).code());
        player.release(1);
    }

    @Test void damagedBytesNeverReachTheLibrary() throws EngineException {
        try (LlamaEngine engine = Engines.open("qwen2-tiny"); KvSnapshot sound = snapshot(engine)) {
            assertEquals(40, sound.tokens());
            byte[] bytes = new byte[(int) sound.state().bytes()];
            sound.state().part(0, bytes.length).get(bytes);
            Random random = new Random(1);
            for (int i = 0; i < 300; i++) {
                byte[] flipped = bytes.clone();
                int at = i < 60 ? i : random.nextInt(bytes.length);
                flipped[at] ^= (byte) (1 << random.nextInt(8));
                refused(engine, sound.model(), 40, flipped);
            }
            for (int length : new int[] {0, 1, 27, 28, 29, bytes.length / 2, bytes.length - 1}) {
                refused(engine, sound.model(), 40, Arrays.copyOf(bytes, length));
            }
            refused(engine, sound.model(), 40, Arrays.copyOf(bytes, bytes.length + 1));
            refused(engine, sound.model(), 39, bytes);
            refused(engine, "another", 40, bytes);
            new Player(engine).generate(1, Sampling.GREEDY, PROMPT, 3);
        }
    }

    @Test void fitsAnotherEngineOfTheSameKindAndNoOther(@TempDir Path folder) throws Exception {
        KvSnapshot snapshot;
        int[] expected;
        try (LlamaEngine engine = Engines.open("qwen2-tiny")) {
            snapshot = snapshot(engine);
            expected = new Player(engine).generate(0, Sampling.GREEDY, append(PROMPT, 9), 20);
        }
        try (LlamaEngine engine = LlamaEngine.open(Engines.spec(Engines.model("qwen2-tiny"), 512, 2, 64, true,
                KvType.F16, Toggle.AUTO))) {
            Player player = new Player(engine);
            player.step(new SlotWork.Open(new SlotId(1), Sampling.GREEDY),
                    new SlotWork.Restore(new SlotId(1), snapshot));
            assertArrayEquals(expected, player.follow(1, player.prefill(1, 9), 20));
        }
        Path other = folder.resolve("qwen2-tiny.gguf");
        SeedModel.write(other, "qwen2-tiny", "F16", 8);
        for (var spec : List.of(Engines.spec("qwen3-tiny"),
                Engines.spec(other, 1024, 8, 256, true, KvType.F16, Toggle.AUTO),
                Engines.spec(Engines.model("qwen2-tiny"), 1024, 8, 256, true, KvType.F32, Toggle.AUTO),
                Engines.spec(Engines.model("qwen2-tiny"), 2048, 8, 256, false, KvType.F16, Toggle.AUTO))) {
            try (LlamaEngine engine = LlamaEngine.open(spec)) {
                refused(engine, snapshot);
            }
        }
        snapshot.close();
    }

    @Test void aSnapshotThatFindsNoCellsFailsAlone() throws EngineException {
        try (LlamaEngine engine = LlamaEngine.open(Engines.spec(Engines.model("qwen2-tiny"), 256, 3, 256, true,
                KvType.F16, Toggle.AUTO))) {
            Player player = new Player(engine);
            KvSnapshot snapshot = snapshot(engine);
            player.open(0);
            player.prefillOnly(0, new int[230]);
            refused(engine, snapshot);
            player.release(0);
            player.step(new SlotWork.Open(new SlotId(2), Sampling.GREEDY),
                    new SlotWork.Restore(new SlotId(2), snapshot));
            assertTrue(player.prefill(2, 9) >= 0);
            snapshot.close();
        }
    }

    private static int[] append(int[] tokens, int more) {
        int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
        longer[tokens.length] = more;
        return longer;
    }
}
