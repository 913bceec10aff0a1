package io.millrace.ejb.batch;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;

import io.millrace.connector.engine.EngineConnection;
import io.millrace.connector.engine.Sampling;
import io.millrace.ejb.batch.Sequence.Origin;
import io.millrace.ejb.flow.Answer;
import io.millrace.ejb.flow.Answer.Outcome;
import io.millrace.ejb.flow.Flow;
import io.millrace.ejb.kv.KvStore;
import io.millrace.ejb.kv.Wish;
import io.millrace.ejb.kv.KvStore.Bounds;
import io.millrace.ejb.lane.Lane;
import io.millrace.ejb.lane.LaneBounds;
import io.millrace.ejb.lane.Lanes;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/** A loop on its thread and a store on its two, as in the server. Opened and closed again, it is a server started again. */
final class DiskLoop implements AutoCloseable {

    private static final LaneBounds BOUNDS = new LaneBounds(32, Long.MAX_VALUE, 1);

    final KvStore store;
    private final Bounds bounds;
    final BatchLoop loop;
    private final ExecutorService writer = Executors.newSingleThreadExecutor();
    private final ExecutorService reader = Executors.newSingleThreadExecutor();
    private final Thread thread;
    private final BlockingQueue<Answer> ended = new LinkedBlockingQueue<>();

    DiskLoop(Path folder, EngineConnection engine, BatchSettings settings, Duration after) throws Exception {
        this(folder, new Bounds(1L << 28, 1L << 28), engine, settings, after);
    }

    DiskLoop(Path folder, Bounds bounds, EngineConnection engine, BatchSettings settings, Duration after) throws Exception {
        this.bounds = bounds;
        store = new KvStore(folder, bounds, null, writer, reader, System::nanoTime);
        store.start();
        writer.submit(() -> { }).get();
        loop = new BatchLoop(engine, _ -> {
            throw new IllegalStateException("the engine was lost");
        }, new Lanes<>(Map.of(Lane.P0, BOUNDS, Lane.P1, BOUNDS, Lane.P2, BOUNDS, Lane.P3, BOUNDS)), settings,
                Duration.ofSeconds(60), store, after);
        // what it found of other models is gone before anything is asked for
        writer.submit(() -> { }).get();
        thread = Thread.ofPlatform().start(loop);
    }

    /** Asks for an answer. */
    Answer begin(Origin origin, int[] prompt, int most) {
        Answer answer = new Answer("call", prompt.length, 1, most, List.of(), loop.tokenizer(), new Flow(1 << 20, () -> { }, () -> { }),
                ended::add);
        loop.offer(Lane.P1, List.of(new Sequence(answer, 0, Lane.P1, origin, Sampling.GREEDY, prompt, most)), Long.MAX_VALUE);
        return answer;
    }

    /** The whole answer. */
    Answer ask(Origin origin, int[] prompt, int most) throws InterruptedException {
        begin(origin, prompt, most);
        Answer first = ended.poll(50, TimeUnit.SECONDS);
        assertNotNull(first, "it ends");
        assertEquals(Outcome.OK, first.outcome());
        return first;
    }

    static void await(BooleanSupplier condition) {
        while (!condition.getAsBoolean()) {
            Thread.yield();
        }
    }

    @Override
    public void close() throws InterruptedException {
        loop.stop();
        thread.join();
        writer.shutdown();
        reader.shutdown();
        writer.awaitTermination(10, TimeUnit.SECONDS);
        reader.awaitTermination(10, TimeUnit.SECONDS);
        long all = Math.min(bounds.diskBytes(), bounds.memoryBytes());
        assertEquals(Wish.SAVE, store.wish("any", "space", null, new int[] {1}, 1, all - all / 32), "no memory for a state is lost");
    }
}
