package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.EngineException;
import io.millrace.connector.engine.EngineSpec;
import io.millrace.connector.engine.EngineSpec.Kind;
import io.millrace.connector.engine.EngineSpec.KvType;
import io.millrace.connector.engine.EngineSpec.Toggle;
import io.millrace.connector.engine.Sampling;
import io.millrace.connector.gguf.SeedModel;
import io.millrace.connector.llama.LlamaEngine;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Another engine of the real library takes the place of one in the middle of answers; the first one is closed. */
@Timeout(60)
class AnotherEngineTest {

    private static final LaneBounds BOUNDS = new LaneBounds(32, Long.MAX_VALUE, 1);
    private static final int CELLS = 2048;
    private static final int ANSWERS = 24;
    private static final int TOKENS = 400;

    @TempDir
    private Path folder;
    private EngineSpec spec;
    private final BlockingQueue<Answer> ended = new LinkedBlockingQueue<>();

    @BeforeEach
    void write() throws IOException {
        Path model = folder.resolve("model.gguf");
        SeedModel.write(model, "llama-tiny", "F16", 7);
        spec = new EngineSpec(Kind.LLAMA, Path.of(System.getProperty("millrace.natives")), model, CELLS, 4, 64, 1,
                KvType.F16, true, Toggle.AUTO, 0);
    }

    @Test
    void answersGoOnWithAnotherKvType() throws EngineException, InterruptedException {
        List<KvType> opened = new CopyOnWriteArrayList<>();
        BatchLoop loop = loop(LlamaEngine.open(spec), type -> {
            opened.add(type);
            return LlamaEngine.open(spec.with(type, CELLS));
        });
        Thread thread = Thread.ofPlatform().start(loop);
        for (KvType type : List.of(KvType.BF16, KvType.F16)) {
            long before = loop.stats().tokens();
            while (loop.stats().tokens() < before + 40 && ended.size() < ANSWERS) {
                Thread.sleep(1);
            }
            loop.use(settings(type));
        }
        allEndWell(loop, thread);
        assertEquals(List.of(KvType.BF16, KvType.F16), opened);
        assertEquals(0, loop.stats().enginesReplaced(), "none was lost");
    }

    @Test
    void answersGoOnWhenTheEngineIsLost() throws EngineException, InterruptedException {
        BatchLoop loop = loop(new DyingEngine(LlamaEngine.open(spec), 20), _ -> LlamaEngine.open(spec));
        allEndWell(loop, Thread.ofPlatform().start(loop));
        assertEquals(1, loop.stats().enginesReplaced());
    }

    private BatchLoop loop(EngineConnection engine, EngineOpener opener) {
        BatchLoop loop = new BatchLoop(engine, opener, new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS,
                Lane.P3, BOUNDS)), settings(KvType.F16), Duration.ofSeconds(30));
        for (int i = 0; i < ANSWERS; i++) {
            Answer answer = new Answer("call", 3, 1, TOKENS, List.of(), loop.tokenizer(), new Flow(1 << 20, () -> { }, () -> { }), ended::add);
            loop.offer(Lane.P1, List.of(new Sequence(answer, 0, Lane.P1, new Sequence.Origin("tenant", "space"), Sampling.GREEDY,
                    new int[] {3, 4 + i, 5}, TOKENS)), Long.MAX_VALUE);
        }
        return loop;
    }

    private void allEndWell(BatchLoop loop, Thread thread) throws InterruptedException {
        for (int i = 0; i < ANSWERS; i++) {
            assertEquals(Outcome.OK, ended.poll(30, TimeUnit.SECONDS).outcome());
        }
        loop.stop();
        thread.join();
    }

    private static BatchSettings settings(KvType type) {
        return new BatchSettings(1, 3, 1, 64, 64, 0, Duration.ofDays(1), Duration.ofDays(1), Duration.ZERO, 0, 0.5, 1 << 20, type, true);
    }
}
